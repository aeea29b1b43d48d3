/** What is kept of the request that opened a connection. */
import type { HandshakeDetails } from "./host.ts";

/**
 * Details of a request as a value and as text. Snapshots hold the text: it is made once, it is cheap to
 * clone, and an object that wakes up with thousands of connections reads it only where somebody asks.
 */
export class RequestDetails {
  #value: HandshakeDetails | undefined;
  #text: string | undefined;

  /** From the details themselves, or from what `text` gave. */
  constructor(details: HandshakeDetails | string) {
    if (typeof details === "string") this.#text = details;
    else this.#value = details;
  }

  get value(): HandshakeDetails {
    this.#value ??= JSON.parse(this.#text as string) as HandshakeDetails;
    return this.#value;
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.#value);
    return this.#text;
  }
}
