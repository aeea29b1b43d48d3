/** Offsets: strings behind packets that tell how far a client has come. The journal's epoch and the packet's number. */

const RADIX = 36;
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Makes the offsets of an epoch. Consecutive ones mostly differ in the last digit only, so the rest is kept. */
export class Offsets {
  readonly #epoch: string;
  #start = "";
  /** The number without its last digit, of which `#start` was made. */
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

/** The packet's number; NaN for what is no offset of this epoch, or has a number from `next` on. */
export function parseOffset(offset: string, epoch: string, next: number): number {
  const digits = offset.slice(epoch.length);
  if (!offset.startsWith(epoch) || !/^[0-9a-z]{1,10}$/.test(digits)) return Number.NaN;
  const number = Number.parseInt(digits, RADIX);
  return number < next ? number : Number.NaN;
}
