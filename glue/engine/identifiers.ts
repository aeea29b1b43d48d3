/** Identifiers like upstream's: 20 characters of URL-safe base64, 120 random bits. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LENGTH = 20;
/** Random bytes are fetched for this many ids at a time: a call costs as much as thousands of bytes. */
const IDS_PER_FILL = 128;

/** Makes ids out of random bytes, six bits of each. Each byte is used once. */
export class IdentifierSource {
  readonly #fill: (target: Uint8Array) => void;
  readonly #bytes = new Uint8Array(LENGTH * IDS_PER_FILL);
  #at = LENGTH * IDS_PER_FILL;
  /** The characters of the id that is being made. */
  readonly #units: number[] = new Array(LENGTH).fill(0);

  /** `fill` fills an array with cryptographically strong random bytes. */
  constructor(fill: (target: Uint8Array) => void) {
    this.#fill = fill;
  }

  next(): string {
    const bytes = this.#bytes;
    if (this.#at === bytes.length) {
      this.#fill(bytes);
      this.#at = 0;
    }
    const units = this.#units;
    for (let i = 0; i < LENGTH; i++, this.#at++) {
      units[i] = ALPHABET.charCodeAt((bytes[this.#at] as number) & 63);
      // So that no id can be told from memory later.
      bytes[this.#at] = 0;
    }
    const id = String.fromCharCode(...units);
    units.fill(0);
    return id;
  }
}
