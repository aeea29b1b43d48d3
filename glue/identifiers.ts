/** Identifiers as upstream makes them: 20 characters of URL-safe base64 over 15 random bytes. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BYTES_PER_ID = 15;
/** Random bytes are fetched for this many ids at a time. */
const IDS_PER_FILL = 32;

/** Makes ids out of random bytes. Each byte is used once. */
export class IdentifierSource {
  readonly #fill: (target: Uint8Array) => void;
  readonly #bytes = new Uint8Array(BYTES_PER_ID * IDS_PER_FILL);
  #at = BYTES_PER_ID * IDS_PER_FILL;

  /** `fill` fills an array with cryptographically strong random bytes. */
  constructor(fill: (target: Uint8Array) => void) {
    this.#fill = fill;
  }

  next(): string {
    if (this.#at === this.#bytes.length) {
      this.#fill(this.#bytes);
      this.#at = 0;
    }
    let id = "";
    const end = this.#at + BYTES_PER_ID;
    for (; this.#at < end; this.#at += 3) {
      const bits = (this.#take(0) << 16) | (this.#take(1) << 8) | this.#take(2);
      id += digit(bits >> 18) + digit(bits >> 12) + digit(bits >> 6) + digit(bits);
    }
    return id;
  }

  /** Reads a byte and forgets it, so that no id can be told from memory later. */
  #take(offset: number): number {
    const byte = this.#bytes[this.#at + offset] as number;
    this.#bytes[this.#at + offset] = 0;
    return byte;
  }
}

function digit(bits: number): string {
  return ALPHABET[bits & 63] as string;
}
