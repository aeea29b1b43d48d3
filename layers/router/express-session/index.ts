/** The package's entry `dormouse-io/router/express-session`: on Node, sessions of `express-session`. */

import { callable, having } from "../../../glue/common/option-checks.ts";
import { type SessionRecord, type SessionRecords, sessionIsOver } from "../session/records.ts";
import { SocketSessions } from "../session/socket-sessions.ts";
import type { OpenSession, SessionSource } from "../session/source.ts";
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
  if (!callable.accepts(middleware) || !having(["get", "set", "destroy"], "").accepts(store)) {
    throw new TypeError(
      "dormouse: expressSessions needs Express's middleware, and the store that it was given",
    );
  }
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
    open: (socket, arrival): Promise<OpenSession<Data>> => sockets.open(socket, arrival),
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

/** The part of its time after which a session that is used is renewed. */
const RENEWAL = 0.5;

/** The attributes of a session's cookie, which Express keeps among the data. */
interface ExpressCookie {
  /** In milliseconds; null: for as long as the browser is open. */
  originalMaxAge?: number | null;
  /** Until when the session is kept. */
  expires?: string | Date | null;
}

/** For a session that goes on under another id when it had ended. */
const LASTING_COOKIE = { originalMaxAge: null, httpOnly: true, path: "/" };

type StoredSession = Record<string, unknown> & { cookie: ExpressCookie };

class ExpressRecords implements SessionRecords {
  readonly #store: ExpressStore;

  constructor(store: ExpressStore) {
    this.#store = store;
  }

  /** A session is in the store from its handshake on: one that is not there any more has ended. */
  async read(id: string): Promise<SessionRecord> {
    const stored = await this.#get(id);
    if (stored === undefined) return { data: {}, isOver: true, isAgeing: false };
    const { cookie, ...data } = stored;
    return { data, isOver: false, isAgeing: isAgeing(cookie) };
  }

  async write(id: string, data: Record<string, unknown>): Promise<void> {
    const stored = await this.#get(id);
    if (stored === undefined) throw sessionIsOver();
    await this.#set(id, data, stored.cookie);
  }

  async renew(id: string): Promise<void> {
    const { cookie, ...data } = (await this.#get(id)) ?? {};
    if (cookie !== undefined && isAgeing(cookie)) await this.#set(id, data, cookie);
  }

  async rename(before: string, id: string, data: Record<string, unknown>): Promise<void> {
    const { cookie = LASTING_COOKIE } = (await this.#get(before)) ?? {};
    await this.#set(id, data, cookie);
  }

  async end(id: string): Promise<void> {
    await called((callback) => this.#store.destroy(id, callback));
  }

  #set(id: string, data: Record<string, unknown>, cookie: ExpressCookie) {
    const session = { ...data, cookie: renewed(cookie) };
    return called((callback) => this.#store.set(id, session, callback)) as Promise<void>;
  }

  /** Plain JSON, whatever the store gives. */
  async #get(id: string): Promise<StoredSession | undefined> {
    const stored = await called((callback) => this.#store.get(id, callback));
    return stored ? JSON.parse(JSON.stringify(stored)) : undefined;
  }
}

function isAgeing({ originalMaxAge, expires }: ExpressCookie = {}): boolean {
  if (!originalMaxAge || !expires) return false;
  return new Date(expires).getTime() - Date.now() < originalMaxAge * RENEWAL;
}

/** As Express does it with each request: the time begins anew. */
function renewed(cookie: ExpressCookie): ExpressCookie {
  const { originalMaxAge } = cookie;
  if (!originalMaxAge) return cookie;
  const maxAge = { value: originalMaxAge, enumerable: false };
  // Some stores ask Express's own object for it, which has it without keeping it.
  return Object.defineProperty(
    { ...cookie, expires: new Date(Date.now() + originalMaxAge) },
    "maxAge",
    maxAge,
  );
}

function called(call: (callback: (error?: unknown, result?: unknown) => void) => void) {
  return new Promise<unknown>((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
}
