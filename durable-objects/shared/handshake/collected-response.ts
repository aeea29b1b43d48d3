/** A response that collects what Express middlewares write during a handshake, before anything can be sent. */
import { EventEmitter } from "../../../glue/common/event-emitter.ts";
import type { EngineResponse } from "../../../glue/engine/runtime/engine.ts";

type HeaderValue = string | number | readonly string[];

/** As much of Node's `ServerResponse` as middlewares use that set headers, or answer by themselves. */
export class CollectedResponse extends EventEmitter implements EngineResponse {
  statusCode = 200;
  statusMessage = "";
  /** Set once it is answered: by a middleware, or when all middlewares have passed it on, by the handshake. */
  writableEnded = false;
  headersSent = false;
  readonly #headers: Headers;
  /** Names and values as they were written, by names in lower case: `Headers` keeps neither. */
  readonly #fields = new Map<string, { name: string; value: HeaderValue }>();
  #body = "";

  /** What is written changes `headers`. */
  constructor(headers: Headers) {
    super();
    this.#headers = headers;
  }

  /** What a middleware has answered with. */
  get body(): string | null {
    return this.#body === "" ? null : this.#body;
  }

  /** Older name of `writableEnded`. */
  get finished(): boolean {
    return this.writableEnded;
  }

  get writableFinished(): boolean {
    return this.writableEnded;
  }

  setHeader(name: string, value: unknown): this {
    this.#refuseWhenSent("set");
    this.#set(name, checkValue(name, value));
    return this;
  }

  /** Adds a value to those that the header has. */
  appendHeader(name: string, value: unknown): this {
    this.#refuseWhenSent("append");
    this.#add(name, checkValue(name, value));
    return this;
  }

  /** The value as it was set: a list if that was a list. */
  getHeader(name: string): HeaderValue | undefined {
    return this.#fields.get(name.toLowerCase())?.value ?? this.#headers.get(name) ?? undefined;
  }

  /** All of them, by names in lower case. */
  getHeaders(): Record<string, HeaderValue> {
    const named = this.getHeaderNames().map((name) => [name, this.getHeader(name)]);
    return Object.fromEntries(named);
  }

  getHeaderNames(): string[] {
    return [...new Set(this.#headers.keys())];
  }

  hasHeader(name: string): boolean {
    return this.#headers.has(name);
  }

  removeHeader(name: string): void {
    this.#refuseWhenSent("remove");
    this.#remove(name);
  }

  /**
   * From here on headers cannot change. `args`: a message, and headers as an object or as a list of names
   * and values, as Node takes them.
   */
  writeHead(status: number, ...args: unknown[]): this {
    this.statusCode = status;
    const [message] = args;
    if (typeof message === "string") this.statusMessage = message;
    for (const [name, value] of pairs(args.at(-1))) this.setHeader(name, value);
    this.headersSent = true;
    return this;
  }

  flushHeaders(): void {
    if (!this.headersSent) this.writeHead(this.statusCode);
  }

  /** What Node's own methods and wrappers of them call before a body. */
  _implicitHeader(): void {
    this.flushHeaders();
  }

  write(chunk: unknown): boolean {
    this.flushHeaders();
    this.#body += textOf(chunk);
    return true;
  }

  /** Answers the request: the handshake goes no further. */
  end(...args: unknown[]): this {
    if (this.writableEnded) return this;
    const [chunk] = args;
    this.flushHeaders();
    if (chunk !== undefined && typeof chunk !== "function") this.#body += textOf(chunk);
    const done = args.findLast((arg) => typeof arg === "function");
    if (done !== undefined) this.once("finish", done as () => void);
    this.finish();
    return this;
  }

  /** The request is answered, by a middleware or by the handshake. */
  finish(): void {
    this.writableEnded = true;
    this.emit("finish");
    this.emit("close");
  }

  /**
   * Lets a function change the headers as an object, which may be after `writeHead`. If it adds a name in
   * another case, the header gets both values.
   */
  change(edit: (fields: Record<string, unknown>) => void): void {
    const fields: Record<string, unknown> = {};
    for (const key of this.getHeaderNames()) {
      fields[this.#fields.get(key)?.name ?? key] = this.getHeader(key);
    }
    edit(fields);
    for (const name of this.getHeaderNames()) this.#remove(name);
    for (const [name, value] of pairs(fields)) this.#add(name, checkValue(name, value));
  }

  #set(name: string, value: HeaderValue): void {
    this.#remove(name);
    this.#fields.set(name.toLowerCase(), { name, value });
    for (const one of [value].flat()) this.#headers.append(name, String(one));
  }

  #add(name: string, value: HeaderValue): void {
    const before = this.getHeader(name);
    this.#set(name, before === undefined ? value : [before, value].flat().map(String));
  }

  #remove(name: string): void {
    this.#fields.delete(name.toLowerCase());
    this.#headers.delete(name);
  }

  #refuseWhenSent(what: string): void {
    if (!this.headersSent) return;
    const error = new Error(`Cannot ${what} headers after they are sent to the client`);
    throw Object.assign(error, { code: "ERR_HTTP_HEADERS_SENT" });
  }
}

function checkValue(name: string, value: unknown): HeaderValue {
  if (value === undefined) {
    const error = new TypeError(`Invalid value "undefined" for header "${name}"`);
    throw Object.assign(error, { code: "ERR_HTTP_INVALID_HEADER_VALUE" });
  }
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "number" ? value : String(value);
}

function pairs(headers: unknown): [string, unknown][] {
  if (typeof headers !== "object" || headers === null) return [];
  if (!Array.isArray(headers)) return Object.entries(headers);
  if (Array.isArray(headers[0])) return headers as [string, unknown][];
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]] as never] : []));
}

function textOf(chunk: unknown): string {
  return chunk instanceof Uint8Array ? new TextDecoder().decode(chunk) : String(chunk);
}
