/** The package's entry `dormouse-io/router/session`: sessions by `iron-session`, which is to be installed. */
import { type SessionOptions, SiteSessions } from "./site-sessions.ts";

export { handshakeCookies } from "./edge.ts";
export type { CookieSettings } from "./sealed-cookies.ts";
export type { RequestSession, SessionOptions, SiteSessions } from "./site-sessions.ts";
export type { Session, SessionMethods } from "./source.ts";
export {
  type KeyValueNamespace,
  kvStore,
  memoryStore,
  type ObjectStorage,
  objectStore,
  type SessionStore,
  type StoredSession,
} from "./stores.ts";

/**
 * Sessions for a router, and for the HTTP requests of the same site. Throws a TypeError for a password
 * that is missing or too short.
 *
 * @example
 * export class Chat extends createServer((io, { ctx, env }) => {
 *   const session = createSessions<{ user?: string }>({
 *     password: env.SESSION_PASSWORD,
 *     store: objectStore(ctx.storage),
 *   });
 *   createRouter(io, { session }).route("whoami", async (ctx) => ctx.session.user);
 * }) {}
 */
export function createSessions<Data extends object = Record<string, unknown>>(
  options: SessionOptions,
): SiteSessions<Data> {
  return new SiteSessions<Data>(options);
}
