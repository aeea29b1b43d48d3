/**
 * The application's say in handshakes: middlewares, cross-origin rules, `allowRequest`, `generateId`, headers.
 * Where it has none, or this was left out of the bundle, handshake.ts answers at once.
 */
import { isThenable } from "../../../glue/common/values.ts";
import * as HandshakeError from "../../../glue/core/abi/handshake-error.gen.ts";
import { handshakeErrorTexts } from "../../../glue/core/abi.gen.ts";
import { RepeatedParts } from "../../../glue/engine/handshake/repeated-parts.ts";
import type { EngineRequest, HandshakeRequest } from "../../../glue/engine/handshake/request.ts";
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";
import { unkeptOnRequest } from "../../../glue/sleep/surroundings/unkept-on-request.ts";
import { askAllowRequest } from "./allow-request.ts";
import { Declined, Patience } from "./application-answers.ts";
import { CollectedResponse } from "./collected-response.ts";
import { applyCors } from "./cors.ts";
import {
  type Acceptance,
  accept,
  findRefusal,
  type Negotiation,
  type Refusal,
  type Refused,
  refuse,
} from "./handshake-checks.ts";
import { PROTOCOL_HEADER } from "./subprotocol.ts";

/** A handshake under way in which the application has a say. */
interface Handshake extends Refused, HandshakeRequest {
  /** What `allowRequest` and the functions that edit headers get behind the request. */
  context: readonly unknown[];
  response: CollectedResponse;
  patience: Patience;
  /** See `Acceptance`. */
  repeats: number;
}

const OK = 200;
const INTERNAL_ERROR = 500;
const SWITCHING_PROTOCOLS = 101;
const LOST_ID =
  'dormouse: shards need the option "by" for clients that poll with ids of generateId, which do not tell their shard';

/** Whether functions of the application take part in handshakes, other than `generateId`. */
export function takesPart({ engine, options }: Runtime): boolean {
  const { cors, allowRequest, editHandshakeHeaders, editResponseHeaders } = options;
  return (
    Boolean(cors || allowRequest || editHandshakeHeaders || editResponseHeaders) ||
    engine._middlewares.length > 0 ||
    engine.listenerCount("initial_headers") + engine.listenerCount("headers") > 0
  );
}

/** See `negotiate`. */
export async function negotiateInSteps(
  runtime: Runtime,
  { request, isUpgrade }: HandshakeRequest,
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
      repeats: RepeatedParts.none,
    };
    const negotiation = await decide(handshake);
    // Middlewares that write headers late (sessions), or log, hear of a refusal, too.
    if (negotiation.kind === "answered" && !response.headersSent)
      response.writeHead(negotiation.status);
    if (negotiation.kind === "accepted") {
      emitHeaders(handshake, negotiation.sid);
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

/** The application may have chosen a subprotocol by a header. It is ignored if the client offers none. */
function takeSubprotocol(negotiation: Acceptance, headers: Headers): void {
  const chosen = headers.get(PROTOCOL_HEADER);
  headers.delete(PROTOCOL_HEADER);
  if (negotiation.subprotocol !== undefined && chosen !== null) negotiation.subprotocol = chosen;
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
    if (hasLeftMore(handshake, [])) handshake.repeats |= RepeatedParts.middlewares;
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
    if (request._query.transport === "polling" && runtime.isFoundBy?.(id) === false) {
      throw new TypeError(LOST_ID);
    }
    // Some middlewares (sessions) write their headers only now.
    response.writeHead(handshake.isUpgrade ? SWITCHING_PROTOCOLS : OK);
    return accept(request, headers, id, handshake.repeats);
  } catch (error) {
    const context = { name: "ID_GENERATION_ERROR", error };
    return fail(handshake, HandshakeError.bad_request, context, error);
  }
}

/** The server's checks, and `allowRequest` for new clients that pass them or speak another protocol version. */
async function verify(handshake: Handshake): Promise<Refusal | undefined> {
  const { runtime, request } = handshake;
  const refusal = findRefusal(runtime, handshake);
  const isProtocolWrong = refusal?.code === HandshakeError.unsupported_protocol_version;
  // A client that has a session was let in when that began.
  if ((refusal === undefined && !request._query.sid) || isProtocolWrong) {
    return (await ask(handshake)) ?? refusal;
  }
  return refusal;
}

async function ask(handshake: Handshake): Promise<Refusal | undefined> {
  const { runtime, request, context, patience } = handshake;
  const { allowRequest } = runtime.options;
  if (allowRequest === undefined) return undefined;
  const before = unkeptOnRequest(request, runtime.host);
  try {
    const decision = await askAllowRequest(allowRequest, request, context, patience);
    if (hasLeftMore(handshake, before)) handshake.repeats |= RepeatedParts.allowRequest;
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

/** Refuses because a function of the application failed. The error is reported: the answer does not say it. */
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

/** Upstream's events, whose listeners change an object of headers. `sid`: of the session; undefined if it begins now. */
function emitHeaders({ runtime, request, response }: Handshake, sid: string | undefined): void {
  const { engine } = runtime;
  if (engine.listenerCount("initial_headers") + engine.listenerCount("headers") === 0) return;
  response.change((fields) => {
    if (sid === undefined) engine.emit("initial_headers", fields, request);
    engine.emit("headers", fields, request);
  });
}

// --- after a sleep ---------------------------------------------------------------------------------

/** Runtimes for which it was reported that a repeated handshake has refused a client that had been admitted. */
const toldOfRefusals = new WeakSet<Runtime>();

/**
 * Runs middlewares and `allowRequest` again, those that `repeats` names (flags of `RepeatedParts`), for a request that was
 * accepted before a sleep, so that they set again what could not be kept. Their answer is ignored, and so is a refusal.
 * `context`: as for `negotiate`.
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
  if (repeats & RepeatedParts.middlewares) {
    const response = new CollectedResponse(new Headers());
    for (const middleware of runtime.engine._middlewares) {
      await runMiddlewares([middleware], { request, response, patience }).catch(tell);
    }
    if (response.writableEnded) tell(new Error("a middleware of io.engine answered by itself"));
  }
  const { allowRequest } = runtime.options;
  if (repeats & RepeatedParts.allowRequest && allowRequest !== undefined) {
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
