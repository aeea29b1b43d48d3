/** Offsets: what clients give back of the last packet that they got. The journal's epoch, and a number. */

const RADIX = 36;
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Those of an epoch. One is made for each packet: it has all but the last digit in common with the one before. */
export class Offsets {
  readonly #epoch: string;
  #start = "";
  /** The number without its last digit that `#start` stands for. */
  #most = -1;

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  format(number: number): string {
    const most = Math.floor(number / RADIX);
    if (most !== this.#most) {
      this.#most = most;
      this.#start = this.#epoch + (most === 0 ? "" : most.toString(RADIX));
    }
    return this.#start + DIGITS[number % RADIX];
  }
}

/** The packet's number; NaN for what is no offset of this history, or one that was not given out. */
export function parseOffset(offset: string, epoch: string, next: number): number {
  const digits = offset.slice(epoch.length);
  if (!offset.startsWith(epoch) || !/^[0-9a-z]{1,10}$/.test(digits)) return Number.NaN;
  const number = Number.parseInt(digits, RADIX);
  return number < next ? number : Number.NaN;
}
