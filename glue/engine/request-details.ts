/** What is kept of the request that opened a connection. */
import type { HandshakeDetails } from "./host.ts";

/**
 * Details of a request as a value and as text. Snapshots hold the text: it is made once, it is cheap to
 * clone, and an object that wakes up with thousands of connections reads it only where somebody asks.
 * A value that nobody has asked for by then is let go: most never are, and the text is half as large.
 */
export class RequestDetails {
  #value: HandshakeDetails | undefined;
  #text: string | undefined;
  #isRead = false;

  /** From the details themselves, or from what `text` gave. */
  constructor(details: HandshakeDetails | string) {
    if (typeof details === "string") this.#text = details;
    else this.#value = details;
  }

  get value(): HandshakeDetails {
    this.#isRead = true;
    this.#value ??= JSON.parse(this.#text as string) as HandshakeDetails;
    return this.#value;
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.#value);
    if (!this.#isRead) this.#value = undefined;
    return this.#text;
  }
}
