/** Identifiers as upstream makes them: 20 characters of URL-safe base64 over 15 random bytes. */

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
    const end = this.#at + BYTES_PER_ID;
    const id = btoa(String.fromCharCode(...this.#bytes.subarray(this.#at, end)));
    // So that no id can be told from memory later.
    this.#bytes.fill(0, this.#at, end);
    this.#at = end;
    return id.replaceAll("+", "-").replaceAll("/", "_");
  }
}
