/**
 * The handshake over HTTP, up to the point where a WebSocket is opened or a client that polls is served: what both a
 * Durable Object and a Node server do with a request.
 */
import { leftOut } from "../../../glue/common/features.ts";
import * as HandshakeError from "../../../glue/core/abi/handshake-error.gen.ts";
import { headersOf } from "../../../glue/engine/handshake/kept-request.ts";
import { RepeatedParts } from "../../../glue/engine/handshake/repeated-parts.ts";
import type { HandshakeRequest } from "../../../glue/engine/handshake/request.ts";
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";
import {
  type Answered,
  accept,
  check,
  findRefusal,
  hasInvalidCharacter,
  type Negotiation,
  refuse,
} from "./handshake-checks.ts";
import { handshakePart } from "./handshake-part.ts";

/** The path, among the options of servers and routes: see `EngineOptions`. */
export interface PathOptions {
  addTrailingSlash?: boolean;
}

/**
 * Whether a request is for a server.
 *
 * @param target the request's path, with its query if there is one
 * @param path the server's, without the slash at its end
 */
export function isUnderPath(target: string, path: string, options: PathOptions): boolean {
  return isUnderPathFrom(0, target, path, options);
}

/** The same for a request's whole URL, which is not parsed for it: it is absolute and has a path. */
export function isUrlUnderPath(url: string, path: string, options: PathOptions): boolean {
  return isUnderPathFrom(url.indexOf("/", url.indexOf("://") + 3), url, path, options);
}

function isUnderPathFrom(
  start: number,
  url: string,
  path: string,
  { addTrailingSlash }: PathOptions,
): boolean {
  if (url.startsWith(`${path}/`, start)) return true;
  if (addTrailingSlash !== false || !url.startsWith(path, start)) return false;
  const end = url.charAt(start + path.length);
  return end === "" || end === "?";
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
  handshake: HandshakeRequest,
  native: unknown,
  ...context: unknown[]
): Negotiation | Promise<Negotiation> {
  if (typeof DORMOUSE_HANDSHAKE === "undefined" || DORMOUSE_HANDSHAKE) {
    if (handshakePart?.takesPart(runtime)) {
      return handshakePart.negotiateInSteps(runtime, handshake, native, context);
    }
  }
  const negotiation = acceptAtOnce(runtime, handshake);
  if (negotiation !== undefined) return negotiation;
  if (typeof DORMOUSE_HANDSHAKE === "undefined" || DORMOUSE_HANDSHAKE) {
    if (handshakePart !== undefined) {
      return handshakePart.negotiateInSteps(runtime, handshake, native, context);
    }
  }
  return refuseAtOnce(runtime, handshake);
}

/** Accepts a request that needs no function of the application. Undefined if it needs one, or is refused. */
function acceptAtOnce(runtime: Runtime, handshake: HandshakeRequest): Negotiation | undefined {
  if (check(runtime, handshake) !== HandshakeError.none) return undefined;
  const { request } = handshake;
  if (hasInvalidCharacter(headersOf(request).origin)) return undefined;
  const { sid } = request._query;
  if (sid) return accept(request, undefined, sid, RepeatedParts.none);
  if (!runtime.engine._makesIds) return undefined;
  return accept(request, undefined, runtime.generateId(), RepeatedParts.none);
}

function refuseAtOnce(runtime: Runtime, handshake: HandshakeRequest): Answered {
  const refusal = findRefusal(runtime, handshake);
  if (refusal === undefined) throw leftOut("io.engine.generateId", "DORMOUSE_HANDSHAKE");
  return refuse({ runtime, request: handshake.request, headers: new Headers() }, refusal);
}
