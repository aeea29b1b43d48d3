/** Mistakes of a first hour that show in what clients ask for: see docs/troubleshooting.md. */
import { advise } from "../../../glue/common/advice.ts";
import * as HandshakeError from "../../../glue/core/abi/handshake-error.gen.ts";
import { handshakeErrorTexts } from "../../../glue/core/abi.gen.ts";
import type { EngineRequest } from "../../../glue/engine/handshake/request.ts";
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";

/**
 * Says why a handshake is refused, unless the application listens to `connection_error` and so knows. `code`: a
 * `HandshakeError`; `context`: what such listeners get with it.
 */
export function adviseOnRefusal(
  { engine }: Runtime,
  request: EngineRequest,
  code: number,
  { name, message }: Record<string, unknown>,
): void {
  if (engine.listenerCount("connection_error") > 0) return;
  const { transport } = request._query;
  const subject = name ?? code;
  const remedy = REMEDIES[`${subject} ${transport}`] ?? REMEDIES[`${subject}`] ?? "";
  const why = message ? ` (${message})` : "";
  const advice = `a client was refused: ${handshakeErrorTexts[code]}${why}. ${remedy}`;
  advise(`${subject}`, advice.trimEnd());
}

/** What to do about a refusal, by the context's name or else the code, and by transport. */
const REMEDIES: Record<string, string> = {
  [`${HandshakeError.unknown_transport} polling`]:
    "It begins with HTTP long-polling, as clients do by default, and this server does not. Make the client with " +
    '{ transports: ["websocket"] }, or have the server poll (docs/polling.md). (A page of another origin reports a CORS error for it.)',
  [HandshakeError.unknown_transport]: "Its request names no transport that the server has.",
  [HandshakeError.unknown_sid]:
    "It polls, and its session is over, or in another object; it will connect anew (docs/polling.md).",
  [HandshakeError.unsupported_protocol_version]:
    "It is a client of Socket.IO 2. Take version 4, or set the option allowEIO3.",
  [HandshakeError.forbidden]: "That was the option allowRequest.",
  UNANSWERED: "The option allowRequest has not answered in time, or has failed.",
  MIDDLEWARE_FAILURE: "That was a middleware of io.engine.",
  "TRANSPORT_HANDSHAKE_ERROR websocket":
    "Its request for a WebSocket came without the header Upgrade: hand on the Request as it came (in Hono: " +
    "c.req.raw), and have proxies let WebSockets pass.",
};

/**
 * A request that looks like a client's is not below the server's path. Others are the application's.
 *
 * @param request its URL, whole or without the host
 * @param places where a path is set
 */
export function adviseOnPath(
  { url }: Pick<Request, "url">,
  path: string,
  places = "the client, createServer and routeSocketIO",
): void {
  if (!looksLikeClients(url)) return;
  const pathname = url.replace(/^\w+:\/\/[^/?]*|\?.*/g, "").slice(0, 100);
  advise(
    "path",
    `clients ask at ${JSON.stringify(pathname)}, and the server's path is ` +
      `"${path}/". The option "path" has to be the same for ${places}.`,
  );
}

function looksLikeClients(url: string): boolean {
  return url.includes("EIO=");
}

/** The last request that looked like a client's and that nobody has taken yet. */
let untaken: Request | undefined;

/**
 * The same where another server of the Worker may still take the request. If the next request comes first, no
 * server has taken it.
 */
export function noteUntaken(request: Request, path: string): void {
  if (!looksLikeClients(request.url)) return;
  if (untaken !== undefined && untaken !== request) adviseOnPath(request, path);
  untaken = request;
}

/** A server has taken the request. */
export function noteTaken(request: Request): void {
  if (untaken === request) untaken = undefined;
}
