/** What is kept of the request that opened a connection. */
import { hasSameFields } from "../common/values.ts";
import type { HandshakeDetails } from "./host.ts";
import { type EngineRequest, joinFields } from "./request.ts";

/**
 * Details of a request as a value and as text. Snapshots hold the text: it is made once, it is cheap to
 * clone, and an object that wakes up with thousands of connections reads it only where somebody asks.
 * A value that nobody has asked for by then is let go: most never are, and the text is half as large.
 */
export class RequestDetails {
  #value: HandshakeDetails | undefined;
  #text: string | undefined;
  #isRead = false;
  /** What the text is of, since somebody has read it and may change it. */
  #seen: HandshakeDetails | undefined;

  /** From the details themselves, or from what `text` gave. */
  constructor(details: HandshakeDetails | string) {
    if (typeof details === "string") this.#text = details;
    else this.#value = details;
  }

  /** For the application, which may change them. */
  get value(): HandshakeDetails {
    this.#isRead = true;
    return this.peek;
  }

  /** Whether the application has it, and may change it. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** For those who only look. */
  get peek(): Readonly<HandshakeDetails> {
    this.#value ??= JSON.parse(this.#text as string) as HandshakeDetails;
    return this.#value;
  }

  /** Whether it is another than when this was asked last. Costs next to nothing while nobody has read it. */
  hasChanged(): boolean {
    const value = this.#value;
    if (!this.#isRead || value === undefined) return false;
    if (this.#seen !== undefined && isSame(this.#seen, value)) return false;
    const before = this.#text;
    this.#seen = { ...value, headers: { ...value.headers }, query: { ...value.query } };
    this.#text = JSON.stringify(value);
    return before !== undefined && before !== this.#text;
  }

  /** Takes over what the application may have changed of a request that is the platform's own. */
  follow({ url, method, headers, _query: query }: EngineRequest): void {
    const { value } = this;
    Object.assign(value, { url: url ?? value.url, method: method ?? value.method, query });
    value.headers = joinFields(headers);
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.#value);
    if (!this.#isRead) this.#value = undefined;
    return this.#text;
  }
}

function isSame(a: HandshakeDetails, b: HandshakeDetails): boolean {
  return (
    a.url === b.url &&
    a.method === b.method &&
    hasSameFields(a.headers, b.headers) &&
    hasSameFields(a.query, b.query)
  );
}
