/**
 * The handshake over HTTP, up to the point where a WebSocket is opened: what both a Durable Object and
 * a Node server do with a request.
 */
import { HandshakeError, handshakeErrorTexts } from "../../glue/core/abi.gen.ts";
import type { EngineResponse } from "../../glue/engine/engine.ts";
import type { AllowRequest } from "../../glue/engine/options.ts";
import { DetailsRequest, type EngineRequest } from "../../glue/engine/request.ts";
import type { Runtime } from "../../glue/engine/runtime.ts";
import { applyCors } from "./cors.ts";

/** What to answer. */
export type Negotiation =
  | { kind: "answered"; status: number; headers: Headers; body: string | null }
  /** Without headers nobody has set any. */
  | { kind: "accepted"; headers: Headers | undefined; id: string; protocol: 3 | 4 };

interface Refusal {
  /** A `HandshakeError`. */
  code: number;
  context: Record<string, unknown>;
}

const BAD_REQUEST = 400;
const FORBIDDEN = 403;
const INTERNAL_ERROR = 500;
/** Parameters of an `allowRequest` that answers by calling back. */
const CALLBACK_FORM = 2;
const SWITCHING_PROTOCOLS = 101;
const PROTOCOL_4 = "4";

/** Whether a path is below the server's, which ends without a slash. */
export function isUnderPath(pathname: string, path: string): boolean {
  return pathname.startsWith(`${path}/`);
}

/** The same for a request's whole URL, which is not parsed for it: it is absolute and has a path. */
export function isUrlUnderPath(url: string, path: string): boolean {
  return url.startsWith(`${path}/`, url.indexOf("/", url.indexOf("://") + 3));
}

/**
 * Takes a request through middlewares, cross-origin rules, Engine.IO's checks, `allowRequest` and
 * `generateId`. Refusals are told to `connection_error` listeners. Answers at once where the application
 * has no say in handshakes.
 *
 * `native` is the platform's own request, for the functions that edit headers; `context` is what they
 * and `allowRequest` get behind it (on Workers: the environment and the object's state).
 */
export function negotiate(
  runtime: Runtime,
  request: EngineRequest,
  isUpgrade: boolean,
  native: unknown,
  ...context: unknown[]
): Negotiation | Promise<Negotiation> {
  if (isUpgrade && !takesPart(runtime)) {
    const negotiation = acceptAtOnce(runtime, request);
    if (negotiation !== undefined) return negotiation;
  }
  return negotiateInSteps(runtime, request, isUpgrade, native, context);
}

async function negotiateInSteps(
  runtime: Runtime,
  request: EngineRequest,
  isUpgrade: boolean,
  native: unknown,
  context: unknown[],
): Promise<Negotiation> {
  const headers = new Headers();
  try {
    const negotiation = await decide(runtime, request, isUpgrade, headers, context);
    const { editHandshakeHeaders, editResponseHeaders } = runtime.options;
    if (negotiation.kind === "accepted") {
      emitHeaders(runtime, request, headers);
      await editHandshakeHeaders?.(headers, native, ...context);
    }
    await editResponseHeaders?.(headers, native, ...context);
    return negotiation;
  } catch (error) {
    runtime._report(error, "handshake");
    return { kind: "answered", status: INTERNAL_ERROR, headers, body: null };
  }
}

/** Whether the application has a say in handshakes, beyond the ids. */
function takesPart({ engine, options }: Runtime): boolean {
  const { cors, allowRequest, editHandshakeHeaders, editResponseHeaders } = options;
  return (
    Boolean(cors || allowRequest || editHandshakeHeaders || editResponseHeaders) ||
    engine._middlewares.length > 0 ||
    engine.listenerCount("initial_headers") + engine.listenerCount("headers") > 0
  );
}

/** The usual case. Undefined: it is not, and `decide` says why. */
function acceptAtOnce(runtime: Runtime, request: EngineRequest): Negotiation | undefined {
  if (check(runtime, request, true) !== HandshakeError.none) return undefined;
  const isDetails = request instanceof DetailsRequest;
  const origin = isDetails ? request._origin : request.headers.origin;
  if (hasInvalidCharacter(origin)) return undefined;
  if (runtime.engine.generateId !== runtime.engine._defaultGenerateId) return undefined;
  const id = runtime.generateId();
  return { kind: "accepted", headers: undefined, id, protocol: protocolOf(request) };
}

async function decide(
  runtime: Runtime,
  request: EngineRequest,
  isUpgrade: boolean,
  headers: Headers,
  context: unknown[],
): Promise<Negotiation> {
  const { engine, options } = runtime;
  const response = new HeadersResponse(headers);
  try {
    const preflight = await applyCors(options.cors, request, headers);
    if (preflight !== undefined) {
      return { kind: "answered", status: preflight, headers, body: null };
    }
    await runMiddlewares(engine._middlewares, request, response);
    if (response.isEnded) {
      return { kind: "answered", status: response.statusCode, headers, body: response.body };
    }
  } catch {
    const context = { name: "MIDDLEWARE_FAILURE" };
    return refuse(runtime, request, headers, { code: HandshakeError.bad_request, context });
  }
  const refusal = await verify(runtime, request, isUpgrade, context);
  if (refusal !== undefined) return refuse(runtime, request, headers, refusal);
  try {
    const id = await engine.generateId(request);
    // Some middlewares (sessions) write their headers only now.
    response.writeHead(SWITCHING_PROTOCOLS);
    return { kind: "accepted", headers, id, protocol: protocolOf(request) };
  } catch (error) {
    const context = { name: "ID_GENERATION_ERROR", error };
    return refuse(runtime, request, headers, { code: HandshakeError.bad_request, context });
  }
}

/** Upstream's checks in upstream's order. */
async function verify(
  runtime: Runtime,
  request: EngineRequest,
  isUpgrade: boolean,
  context: unknown[],
): Promise<Refusal | undefined> {
  const code = check(runtime, request, isUpgrade);
  const { origin } = request.headers;
  if (code !== HandshakeError.unknown_transport && hasInvalidCharacter(origin)) {
    return { code: HandshakeError.bad_request, context: { name: "INVALID_ORIGIN", origin } };
  }
  const isProtocolWrong = code === HandshakeError.unsupported_protocol_version;
  if (code === HandshakeError.none || isProtocolWrong) {
    const { allowRequest } = runtime.options;
    const refusal = allowRequest && (await ask(allowRequest, request, context));
    if (refusal !== undefined) return refusal;
  }
  return code === HandshakeError.none ? undefined : { code, context: contextOf(code, request) };
}

function check(runtime: Runtime, request: EngineRequest, isUpgrade: boolean): number {
  const { _query: query } = request;
  return runtime.checkHandshake({
    transport: query.transport ?? "",
    protocol: query.EIO ?? "",
    sid: query.sid ?? "",
    method: request.method ?? "",
    isUpgrade,
    allowProtocol3: runtime.options.allowEIO3,
  });
}

function protocolOf(request: EngineRequest): 3 | 4 {
  return request._query.EIO === PROTOCOL_4 ? 4 : 3;
}

function contextOf(code: number, request: EngineRequest): Record<string, unknown> {
  const { _query: query } = request;
  switch (code) {
    case HandshakeError.unknown_transport:
      return { transport: query.transport };
    case HandshakeError.unknown_sid:
      return { sid: query.sid };
    case HandshakeError.bad_handshake_method:
      return { method: request.method };
    case HandshakeError.unsupported_protocol_version:
      return { protocol: 3 };
    default:
      return { name: "TRANSPORT_HANDSHAKE_ERROR" };
  }
}

async function ask(
  allow: AllowRequest,
  request: EngineRequest,
  context: unknown[],
): Promise<Refusal | undefined> {
  try {
    const answer =
      allow.length === CALLBACK_FORM
        ? await askBack(allow, request)
        : await (allow as (...args: unknown[]) => unknown)(request, ...context);
    if (answer !== false && !(answer instanceof Rejection)) return undefined;
    const message = answer === false ? undefined : answer.message;
    return { code: HandshakeError.forbidden, context: { message } };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error ?? "");
    return { code: HandshakeError.forbidden, context: { message } };
  }
}

/** Upstream's form. */
function askBack(allow: AllowRequest, request: EngineRequest): Promise<Rejection | undefined> {
  return new Promise((resolve, reject) => {
    const answer = (message: string | null | undefined, success: boolean) => {
      resolve(success ? undefined : new Rejection(message));
    };
    // An asynchronous function of this form may also fail before it answers.
    Promise.resolve((allow as CallbackForm)(request, answer)).catch(reject);
  });
}

type CallbackForm = (
  request: EngineRequest,
  callback: (message: string | null | undefined, success: boolean) => void,
) => unknown;

/** What a callback refused with. */
class Rejection {
  readonly message: string | null | undefined;

  constructor(message: string | null | undefined) {
    this.message = message;
  }
}

function refuse(
  runtime: Runtime,
  request: EngineRequest,
  headers: Headers,
  { code, context }: Refusal,
): Negotiation {
  const text = handshakeErrorTexts[code] as string;
  runtime.emitConnectionError({ req: request, code, message: text, context });
  headers.set("Content-Type", "application/json");
  const message = context.message || text;
  const status = code === HandshakeError.forbidden ? FORBIDDEN : BAD_REQUEST;
  return { kind: "answered", status, headers, body: JSON.stringify({ code, message }) };
}

/** Upstream's events, whose listeners change an object of headers. */
function emitHeaders(runtime: Runtime, request: EngineRequest, headers: Headers): void {
  const { engine } = runtime;
  if (engine.listenerCount("initial_headers") + engine.listenerCount("headers") === 0) return;
  const fields: Record<string, unknown> = {};
  engine.emit("initial_headers", fields, request);
  engine.emit("headers", fields, request);
  for (const [name, value] of Object.entries(fields)) setHeader(headers, name, value);
}

function setHeader(headers: Headers, name: string, value: unknown): void {
  headers.delete(name);
  for (const one of Array.isArray(value) ? value : [value]) headers.append(name, String(one));
}

/** Control characters cannot be sent back in a header. */
function hasInvalidCharacter(header: string | string[] | undefined): boolean {
  if (header === undefined) return false;
  for (const character of String(header)) {
    const code = character.codePointAt(0) as number;
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return true;
  }
  return false;
}

// --- middlewares -----------------------------------------------------------------------------------

async function runMiddlewares(
  middlewares: Runtime["engine"]["_middlewares"],
  request: EngineRequest,
  response: HeadersResponse,
): Promise<void> {
  for (const middleware of middlewares) {
    await new Promise<void>((resolve, reject) => {
      response.onEnd = resolve;
      middleware(request, response, (error) => (error ? reject(error) : resolve()));
    });
    if (response.isEnded) return;
  }
}

/** Collects what middlewares in the style of Express write. */
class HeadersResponse implements EngineResponse {
  statusCode = 200;
  isEnded = false;
  body: string | null = null;
  onEnd: () => void = () => {};
  readonly #headers: Headers;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  setHeader(name: string, value: unknown): this {
    setHeader(this.#headers, name, value);
    return this;
  }

  getHeader(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined;
  }

  removeHeader(name: string): void {
    this.#headers.delete(name);
  }

  writeHead(status: number): this {
    this.statusCode = status;
    return this;
  }

  end(body?: string): this {
    this.isEnded = true;
    this.body = body ?? null;
    this.onEnd();
    return this;
  }
}
