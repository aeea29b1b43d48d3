/**
 * How much of one kind is told between two numbers. A page that shows events draws itself anew for each, which takes it
 * a hundredth of a second or several: more than this and it stands still.
 */
const MAX_TOLD = 100;
const MAX_CHARACTERS = 2_000_000;

export class Quota {
  #told = 0;
  #characters = 0;
  #untold = 0;

  get isSpent(): boolean {
    return this.#told >= MAX_TOLD || this.#characters >= MAX_CHARACTERS;
  }

  /** One more is told, of so many characters. */
  spend(characters: number): void {
    this.#told += 1;
    this.#characters += characters;
  }

  /** One more is not told. */
  note(): void {
    this.#untold += 1;
  }

  /** Begins anew; gives how many were not told. */
  renew(): number {
    const untold = this.#untold;
    this.#told = this.#characters = this.#untold = 0;
    return untold;
  }
}
