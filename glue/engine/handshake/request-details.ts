/** The part of the request that opened a connection that is kept. */
import { hasSameFields } from "../../common/values.ts";
import type { HandshakeDetails } from "../host/host.ts";
import { type EngineRequest, joinFields } from "./request.ts";

/**
 * Details of a request as a value and as JSON. Snapshots hold the JSON: it is made once and cheap to clone, and after
 * a sleep it is parsed only for the connections that are asked for it. The value is dropped when the JSON was made,
 * unless the application has it: the JSON takes half the memory.
 */
export class RequestDetails {
  #value: HandshakeDetails | undefined;
  #text: string | undefined;
  #isRead = false;
  /** A copy of the value that the JSON was made of, if the application has the value and may change it. */
  #seen: HandshakeDetails | undefined;

  /** `details`: the details, or their JSON as `text` gave it. */
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

  /** To be read only. */
  get peek(): Readonly<HandshakeDetails> {
    this.#value ??= JSON.parse(this.#text as string) as HandshakeDetails;
    return this.#value;
  }

  /** Whether it has changed since this was asked last. Cheap as long as the application does not have it. */
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
