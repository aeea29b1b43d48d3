/** Identifiers like upstream's: 20 characters of URL-safe base64, 120 random bits. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LENGTH = 20;
/** Random bytes are fetched for this many ids at a time. */
const IDS_PER_FILL = 32;

/** Makes ids out of random bytes, six bits of each. Each byte is used once. */
export class IdentifierSource {
  readonly #fill: (target: Uint8Array) => void;
  readonly #bytes = new Uint8Array(LENGTH * IDS_PER_FILL);
  #at = LENGTH * IDS_PER_FILL;

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
    const units: number[] = [];
    for (const end = this.#at + LENGTH; this.#at < end; this.#at++) {
      units.push(ALPHABET.charCodeAt((bytes[this.#at] as number) & 63));
      // So that no id can be told from memory later.
      bytes[this.#at] = 0;
    }
    return String.fromCharCode(...units);
  }
}
