/**
 * The handshake over HTTP, up to the point where a WebSocket is opened or a client that polls is served: what both a Durable Object and
 * a Node server do with a request.
 */
import { isThenable } from "../../glue/common/values.ts";
import { HandshakeError, handshakeErrorTexts } from "../../glue/core/abi.gen.ts";
import { Repeats } from "../../glue/engine/repeats.ts";
import { type EngineRequest, headersOf } from "../../glue/engine/request.ts";
import type { Runtime } from "../../glue/engine/runtime.ts";
import { unkeptOnRequest } from "../../glue/sleep/surroundings.ts";
import { adviseOnRefusal } from "./advice.ts";
import { askAllowRequest } from "./allow-request.ts";
import { CollectedResponse } from "./collected-response.ts";
import { applyCors } from "./cors.ts";
import { Declined, Patience } from "./questions.ts";
import { chooseSubprotocol, PROTOCOL_HEADER } from "./subprotocol.ts";

/** What to answer. */
export type Negotiation = Answered | Acceptance;

/** A refusal, or what the application has answered. */
export interface Answered {
  kind: "answered";
  status: number;
  headers: Headers;
  body: string | null;
}

/** A WebSocket may be opened, or a client that polls has its session. */
export interface Acceptance {
  kind: "accepted";
  /** Undefined: the session is a new one. Otherwise the one that the client has come back to. */
  sid: string | undefined;
  isPolling: boolean;
  /** Undefined if nobody has set any. */
  headers: Headers | undefined;
  /** Of those that the client offers, the one that the answer has to name. */
  subprotocol: string | undefined;
  /** That of the session. */
  id: string;
  protocol: 3 | 4;
  /** What of it has to run again after a sleep: flags of `Repeats`. */
  repeats: number;
}

interface Refusal {
  /** A `HandshakeError`. */
  code: number;
  context: Record<string, unknown>;
}

/** A handshake under way in which the application has a say. */
interface Handshake {
  runtime: Runtime;
  request: EngineRequest;
  isUpgrade: boolean;
  /** What `allowRequest` and the functions that edit headers get behind the request. */
  context: readonly unknown[];
  /** Of the answer. */
  headers: Headers;
  response: CollectedResponse;
  patience: Patience;
  /** See `Acceptance`. */
  repeats: number;
}

const OK = 200;
const BAD_REQUEST = 400;
const FORBIDDEN = 403;
const INTERNAL_ERROR = 500;
const SWITCHING_PROTOCOLS = 101;
const PROTOCOL_4 = "4";
const POLLING = "polling";

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
  if (!takesPart(runtime)) {
    const negotiation = acceptAtOnce(runtime, request, isUpgrade);
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
  const patience = new Patience(runtime.options.connectTimeout);
  const { editHandshakeHeaders, editResponseHeaders } = runtime.options;
  const [env, ctx] = context;
  try {
    const response = new CollectedResponse(headers);
    const handshake: Handshake = {
      runtime,
      request,
      isUpgrade,
      context,
      headers,
      response,
      patience,
      repeats: Repeats.none,
    };
    const negotiation = await decide(handshake);
    if (negotiation.kind === "accepted") {
      emitHeaders(handshake, negotiation.sid === undefined);
      if (isUpgrade || negotiation.sid === undefined) {
        const edited = editHandshakeHeaders?.(headers, native, env, ctx);
        await patience.wait(edited, "editHandshakeHeaders");
      }
    }
    await patience.wait(editResponseHeaders?.(headers, native, env, ctx), "editResponseHeaders");
    response.finish();
    if (negotiation.kind === "accepted") takeSubprotocol(negotiation, headers);
    return negotiation;
  } catch (error) {
    runtime._report(error, "handshake");
    return { kind: "answered", status: INTERNAL_ERROR, headers, body: null };
  }
}

/** The application may have chosen by a header; what the client has not offered must not be named. */
function takeSubprotocol(negotiation: Acceptance, headers: Headers): void {
  const chosen = headers.get(PROTOCOL_HEADER);
  headers.delete(PROTOCOL_HEADER);
  if (negotiation.subprotocol !== undefined && chosen !== null) negotiation.subprotocol = chosen;
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
function acceptAtOnce(
  runtime: Runtime,
  request: EngineRequest,
  isUpgrade: boolean,
): Negotiation | undefined {
  if (check(runtime, request, isUpgrade) !== HandshakeError.none) return undefined;
  if (hasInvalidCharacter(headersOf(request).origin)) return undefined;
  const { sid } = request._query;
  if (sid) return accept(request, undefined, sid, Repeats.none);
  if (runtime.engine.generateId !== runtime.engine._defaultGenerateId) return undefined;
  return accept(request, undefined, runtime.generateId(), Repeats.none);
}

function accept(
  request: EngineRequest,
  headers: Headers | undefined,
  id: string,
  repeats: number,
): Acceptance {
  const subprotocol = chooseSubprotocol(headersOf(request)[PROTOCOL_HEADER]);
  const { EIO, sid, transport } = request._query;
  return {
    kind: "accepted",
    sid: sid || undefined,
    isPolling: transport === POLLING,
    headers,
    subprotocol,
    id,
    protocol: EIO === PROTOCOL_4 ? 4 : 3,
    repeats,
  };
}

async function decide(handshake: Handshake): Promise<Negotiation> {
  const { runtime, request, headers, response, patience } = handshake;
  const { engine, options } = runtime;
  try {
    const preflight = await patience.wait(applyCors(options.cors, request, headers), "cors");
    if (preflight !== undefined) {
      return { kind: "answered", status: preflight, headers, body: null };
    }
    await runMiddlewares(engine._middlewares, handshake);
    if (hasLeftMore(handshake, [])) handshake.repeats |= Repeats.middlewares;
    if (response.writableEnded) {
      return { kind: "answered", status: response.statusCode, headers, body: response.body };
    }
  } catch (error) {
    return fail(handshake, HandshakeError.bad_request, { name: "MIDDLEWARE_FAILURE" }, error);
  }
  const refusal = await verify(handshake);
  if (refusal !== undefined) return refuse(handshake, refusal);
  try {
    const sid = request._query.sid || undefined;
    const id: unknown = sid ?? (await patience.wait(engine.generateId(request), "generateId"));
    if (typeof id !== "string") throw new TypeError("dormouse: generateId must give a string");
    // Some middlewares (sessions) write their headers only now.
    response.writeHead(handshake.isUpgrade ? SWITCHING_PROTOCOLS : OK);
    return accept(request, headers, id, handshake.repeats);
  } catch (error) {
    const context = { name: "ID_GENERATION_ERROR", error };
    return fail(handshake, HandshakeError.bad_request, context, error);
  }
}

/** Upstream's checks in upstream's order. */
async function verify(handshake: Handshake): Promise<Refusal | undefined> {
  const { runtime, request, isUpgrade } = handshake;
  const code = check(runtime, request, isUpgrade);
  const { origin } = request.headers;
  if (code !== HandshakeError.unknown_transport && hasInvalidCharacter(origin)) {
    return { code: HandshakeError.bad_request, context: { name: "INVALID_ORIGIN", origin } };
  }
  const isProtocolWrong = code === HandshakeError.unsupported_protocol_version;
  // Whoever has a session was let in with it.
  if ((code === HandshakeError.none && !request._query.sid) || isProtocolWrong) {
    const refusal = await ask(handshake);
    if (refusal !== undefined) return refusal;
  }
  if (code === HandshakeError.none) return undefined;
  return { code, context: contextOf(code, request, runtime) };
}

async function ask(handshake: Handshake): Promise<Refusal | undefined> {
  const { runtime, request, context, patience } = handshake;
  const { allowRequest } = runtime.options;
  if (allowRequest === undefined) return undefined;
  const before = unkeptOnRequest(request, runtime.host);
  try {
    const decision = await askAllowRequest(allowRequest, request, context, patience);
    if (hasLeftMore(handshake, before)) handshake.repeats |= Repeats.allowRequest;
    if (decision.isAllowed) return undefined;
    return { code: HandshakeError.forbidden, context: { message: decision.message } };
  } catch (error) {
    runtime._report(error, "handshake");
    return { code: HandshakeError.forbidden, context: { name: "UNANSWERED" } };
  }
}

/** Whether the request has more properties that cannot be kept than it had before. */
function hasLeftMore({ runtime, request }: Handshake, before: readonly string[]): boolean {
  return unkeptOnRequest(request, runtime.host).some((name) => !before.includes(name));
}

function check(runtime: Runtime, request: EngineRequest, isUpgrade: boolean): number {
  const { _query: query } = request;
  const code = runtime.checkHandshake({
    transport: query.transport ?? "",
    protocol: query.EIO ?? "",
    sid: query.sid ?? "",
    method: request.method ?? "",
    isUpgrade,
    allowProtocol3: runtime.options.allowEIO3,
  });
  return runtime.polling?.review(code, request, isUpgrade) ?? code;
}

function contextOf(
  code: number,
  request: EngineRequest,
  runtime: Runtime,
): Record<string, unknown> {
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
      return runtime.polling?.explain(request) ?? { name: "TRANSPORT_HANDSHAKE_ERROR" };
  }
}

/**
 * Checks a request alone that was let pass elsewhere, where nobody knows the sessions. Undefined: it may go on.
 * `connection_error` listeners hear of a refusal.
 */
export function checkAgain(
  runtime: Runtime,
  request: EngineRequest,
  isUpgrade: boolean,
): Answered | undefined {
  const code = check(runtime, request, isUpgrade);
  if (code === HandshakeError.none) return undefined;
  const context = contextOf(code, request, runtime);
  return refuse({ runtime, request, headers: new Headers() }, { code, context });
}

function refuse(
  handshake: Pick<Handshake, "runtime" | "request" | "headers">,
  { code, context }: Refusal,
): Answered {
  const { runtime, request, headers } = handshake;
  const text = handshakeErrorTexts[code] as string;
  runtime.emitConnectionError({ req: request, code, message: text, context });
  adviseOnRefusal(runtime, request, code, context);
  headers.set("Content-Type", "application/json");
  const message = context.message || text;
  const status = code === HandshakeError.forbidden ? FORBIDDEN : BAD_REQUEST;
  return { kind: "answered", status, headers, body: JSON.stringify({ code, message }) };
}

/** Refuses because a function of the application failed. Upstream's code for it tells nobody how. */
function fail(
  handshake: Handshake,
  code: number,
  context: Record<string, unknown>,
  error: unknown,
): Negotiation {
  const isDeliberate = error instanceof Declined;
  if (!isDeliberate) handshake.runtime._report(error, "handshake");
  return refuse(handshake, { code, context });
}

/** Upstream's events, whose listeners change an object of headers. `isInitial`: the session begins. */
function emitHeaders({ runtime, request, response }: Handshake, isInitial: boolean): void {
  const { engine } = runtime;
  if (engine.listenerCount("initial_headers") + engine.listenerCount("headers") === 0) return;
  response.change((fields) => {
    if (isInitial) engine.emit("initial_headers", fields, request);
    engine.emit("headers", fields, request);
  });
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

// --- after a sleep ---------------------------------------------------------------------------------

/** Runtimes of which it was told that what runs again refused a client that had been admitted. Once is enough. */
const toldOfRefusals = new WeakSet<Runtime>();

/**
 * Runs middlewares and `allowRequest` again, as far as `repeats` says (flags of `Repeats`), for a request that
 * was accepted before a sleep, so that they make again what could not be kept. The answer goes nowhere; a
 * refusal changes nothing. `context`: as for `negotiate`.
 */
export async function repeatHandshake(
  runtime: Runtime,
  request: EngineRequest,
  repeats: number,
  ...context: unknown[]
): Promise<void> {
  const patience = new Patience(runtime.options.connectTimeout);
  const tell = (error: unknown): void => {
    if (toldOfRefusals.has(runtime)) return;
    toldOfRefusals.add(runtime);
    const consequence = "the client stays, but what it would have set may be missing";
    runtime._report(error, `handshake after a sleep: ${consequence}`);
  };
  if (repeats & Repeats.middlewares) {
    const response = new CollectedResponse(new Headers());
    for (const middleware of runtime.engine._middlewares) {
      await runMiddlewares([middleware], { request, response, patience }).catch(tell);
    }
    if (response.writableEnded) tell(new Error("a middleware of io.engine answered by itself"));
  }
  const { allowRequest } = runtime.options;
  if (repeats & Repeats.allowRequest && allowRequest !== undefined) {
    try {
      const { isAllowed, message } = await askAllowRequest(
        allowRequest,
        request,
        context,
        patience,
      );
      if (!isAllowed) tell(new Error(`allowRequest refused it: ${message ?? "without a reason"}`));
    } catch (error) {
      tell(error);
    }
  }
}

// --- middlewares -----------------------------------------------------------------------------------

/**
 * Runs the middlewares alone, where the handshake is over already. Returns false if one of them refuses
 * the request or answers by itself; `connection_error` listeners hear of it.
 */
export async function passMiddlewares(runtime: Runtime, request: EngineRequest): Promise<boolean> {
  const { _middlewares: middlewares } = runtime.engine;
  if (middlewares.length === 0) return true;
  const response = new CollectedResponse(new Headers());
  const patience = new Patience(runtime.options.connectTimeout);
  try {
    await runMiddlewares(middlewares, { request, response, patience });
    if (!response.writableEnded) return true;
  } catch (error) {
    if (!(error instanceof Declined)) runtime._report(error, "handshake");
  }
  const code = HandshakeError.bad_request;
  const message = handshakeErrorTexts[code] as string;
  runtime.emitConnectionError({
    req: request,
    code,
    message,
    context: { name: "MIDDLEWARE_FAILURE" },
  });
  return false;
}

async function runMiddlewares(
  middlewares: Runtime["engine"]["_middlewares"],
  { request, response, patience }: Pick<Handshake, "request" | "response" | "patience">,
): Promise<void> {
  for (const middleware of middlewares) {
    const passed = new Promise<void>((resolve, reject) => {
      response.once("finish", resolve);
      const next = (error?: unknown) => (error ? reject(new Declined(error)) : resolve());
      const returned = middleware(request, response, next);
      if (isThenable(returned)) returned.then(undefined, reject);
    });
    await patience.wait(passed, "a middleware of io.engine");
    if (response.writableEnded) return;
  }
}
