/** The package's entry `dormouse-io/router/express-session`: on Node, sessions of `express-session`. */

import type { SessionRecords } from "../session/records.ts";
import { SocketSessions } from "../session/socket-sessions.ts";
import type { OpenSession, SessionSource } from "../sessions.ts";
import type { Any, AnyTypes, ServerOf, SocketOf } from "../types.ts";

/** As much of a store of `express-session` as is needed. */
export interface ExpressStore {
  get(id: string, callback: (error: Any, session?: Any) => void): void;
  set(id: string, session: Any, callback?: (error?: Any) => void): void;
  destroy(id: string, callback?: (error?: Any) => void): void;
}

/** What `session(options)` of `express-session` gives. */
export type ExpressMiddleware = (request: Any, response: Any, next: (error?: Any) => void) => void;

/**
 * The sessions of an Express application for a router on Node: the same middleware, and the store that it
 * was given. Cookies are Express's. Set `saveUninitialized: true`, so that visitors have a session from
 * their handshake on.
 *
 * @example
 * const store = new RedisStore({ client });
 * const middleware = session({ secret, store, resave: false, saveUninitialized: true });
 * app.use(middleware);
 * createRouter(io, { session: expressSessions(middleware, store) });
 */
export function expressSessions<Data extends object = Record<string, unknown>>(
  middleware: ExpressMiddleware,
  store: ExpressStore,
): SessionSource<Data> {
  const sockets = new SocketSessions<Data>(new ExpressRecords(store), (socket) => idOf(socket));
  return {
    attach(io: ServerOf<AnyTypes>): void {
      io.engine.use((request, response, next) => {
        middleware(request, response, (error) => {
          if (error) next(error);
          else keepNew(request, store, next);
        });
      });
    },
    connected(socket: SocketOf<AnyTypes> & { sessionId?: string }): void {
      const id = idOf(socket);
      if (id !== undefined) socket.sessionId ??= id;
    },
    open: (socket, isReplay): Promise<OpenSession<Data>> => sockets.open(socket, isReplay),
  };
}

/**
 * Express keeps a new session when it ends its response, which a handshake never does. Once: when the
 * middleware runs again after a sleep, a session that the store does not have has been ended meanwhile.
 */
function keepNew(request: Any, store: ExpressStore, next: (error?: Any) => void): void {
  if (request.session === undefined || request.isSessionKept === true) {
    next();
    return;
  }
  request.isSessionKept = true;
  store.get(request.sessionID, (error, found) => {
    if (error || found) next(error);
    else request.session.save(next);
  });
}

/** As the middleware has noted it in the request. */
function idOf(socket: SocketOf<AnyTypes>): string | undefined {
  return (socket.request as { sessionID?: string }).sessionID;
}

/** The cookie of a session that the store does not know yet. */
const NEW_COOKIE = { originalMaxAge: null, httpOnly: true, path: "/" };

/** Express keeps the cookie's attributes among the data. */
class ExpressRecords implements SessionRecords {
  readonly #store: ExpressStore;

  constructor(store: ExpressStore) {
    this.#store = store;
  }

  async read(id: string) {
    const { cookie: _, ...data } = (await this.#get(id)) ?? {};
    return { data, isOver: false, isAgeing: false };
  }

  async write(id: string, data: Record<string, unknown>): Promise<void> {
    const { cookie = NEW_COOKIE } = (await this.#get(id)) ?? {};
    const session = { ...data, cookie };
    await called((callback) => this.#store.set(id, session, callback));
  }

  async end(id: string): Promise<void> {
    await called((callback) => this.#store.destroy(id, callback));
  }

  /** Plain JSON, whatever the store gives. */
  async #get(id: string): Promise<Record<string, unknown> | undefined> {
    const stored = await called((callback) => this.#store.get(id, callback));
    return stored ? JSON.parse(JSON.stringify(stored)) : undefined;
  }
}

function called(call: (callback: (error?: unknown, result?: unknown) => void) => void) {
  return new Promise<unknown>((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
}
