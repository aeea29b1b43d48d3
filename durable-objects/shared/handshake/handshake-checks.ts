/** The checks of a handshake that need no function of the application, and the answers. See also `handshake-steps.ts`. */

import * as HandshakeError from "../../../glue/core/abi/handshake-error.gen.ts";
import { handshakeErrorTexts } from "../../../glue/core/abi.gen.ts";
import { headersOf } from "../../../glue/engine/handshake/kept-request.ts";
import {
  type EngineRequest,
  type HandshakeRequest,
  protocolOf,
} from "../../../glue/engine/handshake/request.ts";
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";
import { diagnosticsPart } from "../diagnostics/diagnostics-part.ts";
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
  /** The subprotocol that the answer has to name, of those that the client offers. */
  subprotocol: string | undefined;
  /** The id of the session. */
  id: string;
  protocol: 3 | 4;
  /** Which functions have to run again after a sleep: flags of `RepeatedParts`. */
  repeats: number;
}

/** Why a handshake is refused. */
export interface Refusal {
  /** A `HandshakeError`. */
  code: number;
  context: Record<string, unknown>;
}

/** The handshake that is refused. */
export interface Refused {
  runtime: Runtime;
  request: EngineRequest;
  /** The headers of the answer. */
  headers: Headers;
}

const BAD_REQUEST = 400;
const FORBIDDEN = 403;
const POLLING = "polling";

/** `id`: of the session. `repeats`: see `Acceptance`. */
export function accept(
  request: EngineRequest,
  headers: Headers | undefined,
  id: string,
  repeats: number,
): Acceptance {
  const subprotocol = chooseSubprotocol(headersOf(request)[PROTOCOL_HEADER]);
  const { sid, transport } = request._query;
  return {
    kind: "accepted",
    sid: sid || undefined,
    isPolling: transport === POLLING,
    headers,
    subprotocol,
    id,
    protocol: protocolOf(request),
    repeats,
  };
}

/** Upstream's checks in upstream's order. */
export function findRefusal(runtime: Runtime, handshake: HandshakeRequest): Refusal | undefined {
  const code = check(runtime, handshake);
  const { request } = handshake;
  const { origin } = headersOf(request);
  if (code !== HandshakeError.unknown_transport && hasInvalidCharacter(origin)) {
    return { code: HandshakeError.bad_request, context: { name: "INVALID_ORIGIN", origin } };
  }
  if (code === HandshakeError.none) return undefined;
  return { code, context: contextOf(code, request, runtime) };
}

/** Engine.IO's checks. Returns a `HandshakeError`. */
export function check(runtime: Runtime, handshake: HandshakeRequest): number {
  const { request, isUpgrade } = handshake;
  const { _query: query } = request;
  const code = runtime.checkHandshake({
    transport: query.transport ?? "",
    protocol: query.EIO ?? "",
    sid: query.sid ?? "",
    method: request.method ?? "",
    isUpgrade,
    allowProtocol3: runtime.options.allowEIO3,
  });
  return runtime.polling?.review(code, handshake) ?? code;
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
 * Checks a request whose handshake was accepted elsewhere (at PartyKit's edge), where the sessions are not known.
 * Undefined: it may go on. `connection_error` listeners are told of a refusal.
 */
export function checkAgain(runtime: Runtime, handshake: HandshakeRequest): Answered | undefined {
  const code = check(runtime, handshake);
  if (code === HandshakeError.none) return undefined;
  const { request } = handshake;
  const context = contextOf(code, request, runtime);
  return refuse({ runtime, request, headers: new Headers() }, { code, context });
}

/** Tells the listeners of `connection_error`, and makes the answer. */
export function refuse(
  { runtime, request, headers }: Refused,
  { code, context }: Refusal,
): Answered {
  const text = handshakeErrorTexts[code] as string;
  runtime.emitConnectionError({ req: request, code, message: text, context });
  diagnosticsPart?.adviseOnRefusal(runtime, request, code, context);
  headers.set("Content-Type", "application/json");
  const message = context.message || text;
  const status = code === HandshakeError.forbidden ? FORBIDDEN : BAD_REQUEST;
  return { kind: "answered", status, headers, body: JSON.stringify({ code, message }) };
}

/** Control characters cannot be sent back in a header. */
export function hasInvalidCharacter(header: string | string[] | undefined): boolean {
  return header !== undefined && /[^\t -~\x80-\xff]/.test(String(header));
}
