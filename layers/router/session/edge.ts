/** Session cookies of handshakes that are negotiated at a PartyKit project's edge. */
import { checkOptionsOf } from "../../../glue/common/option-checks.ts";
import type { EngineRequest, ServerOptions } from "../../../glue/socket.io/index.ts";
import type { Any } from "../types.ts";
import { newSessionId, sessionOfConnection } from "./carried-session.ts";
import { type CookieSettings, cookieChecks, SealedCookies } from "./sealed-cookies.ts";

/**
 * Options for PartyKit's `createServer`, where rooms have no part in handshakes: they give visitors the
 * cookie of the session that `createSessions` finds in the room. Both need the same settings; as a
 * function they are asked for with the lobby, whose `env` has the secrets.
 *
 * @example
 * createServer(
 *   { ...handshakeCookies(({ env }) => ({ password: env.SESSION_PASSWORD })) },
 *   (io, room) => { … },
 * );
 */
export function handshakeCookies(
  settings: CookieSettings | ((lobby: Any) => CookieSettings),
): Required<Pick<ServerOptions, "generateId" | "editHandshakeHeaders">> {
  const connections = new WeakMap<object, string>();
  let cookies = typeof settings === "function" ? undefined : makeCookies(settings);
  return {
    generateId(request: EngineRequest): string {
      const id = newSessionId();
      connections.set((request as { raw?: object }).raw ?? request, id);
      return id;
    },
    async editHandshakeHeaders(headers: Headers, request: Request, lobby: Any): Promise<void> {
      cookies ??= makeCookies((settings as (lobby: Any) => CookieSettings)(lobby));
      const ticket = await cookies.read(request.headers.get("cookie"));
      if (ticket !== undefined && !cookies.isAgeing(ticket.expires)) return;
      const connection = connections.get(request);
      if (ticket !== undefined) await cookies.write(ticket.id, headers);
      else if (connection !== undefined) {
        await cookies.write(await sessionOfConnection(connection), headers);
      }
    },
  };
}

function makeCookies(settings: CookieSettings): SealedCookies {
  checkOptionsOf("handshakeCookies", cookieChecks, settings);
  return new SealedCookies(settings);
}
