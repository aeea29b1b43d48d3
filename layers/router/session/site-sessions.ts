/** Sessions that a site's HTTP requests and its sockets share, by a sealed cookie and a store. */

import { checkOptionsOf, type OptionCheck } from "../../../glue/common/option-checks.ts";
import type { AnyTypes, ServerOf, SocketOf } from "../types.ts";
import { CarriedSession, newSessionId, sessionOfConnection } from "./carried-session.ts";
import { type SessionRecord, type SessionRecords, sessionIsOver } from "./records.ts";
import {
  type CookieSettings,
  cookieChecks,
  SealedCookies,
  type SessionTicket,
} from "./sealed-cookies.ts";
import { SocketSessions } from "./socket-sessions.ts";
import type { Arrival, OpenSession, Session, SessionSource } from "./source.ts";
import { type SessionStore, storeCheck } from "./stores.ts";

/** What `createSessions` takes. */
export interface SessionOptions extends CookieSettings {
  /** Keeps the data, which cookies could not: a WebSocket sets none after its handshake. */
  store: SessionStore;
}

const CHECKS: Record<keyof SessionOptions, OptionCheck> = {
  ...cookieChecks,
  store: storeCheck,
};

/** The session of an HTTP request. */
export interface RequestSession<Data extends object> {
  /** The data, which may be changed in place, and the methods. */
  readonly session: Session<Data>;
  /** Keeps the session if it was changed, and adds the cookie, where one is to be set. */
  commit(headers: Headers): Promise<void>;
}

/** Sessions that a site and its sockets share. Made by `createSessions`. */
export class SiteSessions<Data extends object> implements SessionSource<Data> {
  readonly #cookies: SealedCookies;
  readonly #records: StoredRecords;
  readonly #sockets: SocketSessions<Data>;
  /** @internal Use `createSessions`. */
  constructor(options: SessionOptions) {
    checkOptionsOf("createSessions", CHECKS, options, ["store"]);
    const { store, ...settings } = options;
    this.#cookies = new SealedCookies(settings);
    this.#records = new StoredRecords(store, this.#cookies);
    this.#sockets = new SocketSessions(this.#records, (socket) => this.#findId(socket));
  }

  /** @internal */
  attach(io: ServerOf<AnyTypes>): void {
    const { engine } = io;
    const responses = new WeakMap<object, HandshakeResponse>();
    engine.use((request, response, next) => {
      responses.set(request, response);
      next();
    });
    // A new session is named after its connection, so this is where both are known.
    const { generateId } = engine;
    engine.generateId = async (request) => {
      const id = await generateId.call(engine, request);
      const response = responses.get(request);
      if (response !== undefined) await this.#greet(request.headers.cookie, id, response);
      return id;
    };
  }

  /** @internal */
  open(socket: SocketOf<AnyTypes>, arrival: Arrival): Promise<OpenSession<Data>> {
    return this.#sockets.open(socket, arrival);
  }

  /**
   * The session of an HTTP request of the same site; a new one if it has none.
   *
   * @example
   * const { session, commit } = await sessions.of(request);
   * session.user = await authenticate(request);
   * await session.regenerate();
   * const response = new Response("welcome");
   * await commit(response.headers);
   */
  async of(request: { headers: Pick<Headers, "get"> }): Promise<RequestSession<Data>> {
    const ticket = await this.#readTicket(request.headers.get("cookie") ?? undefined);
    const id = ticket?.id ?? newSessionId();
    let mustSet = ticket === undefined || this.#cookies.isAgeing(ticket.expires);
    const record = await this.#records.read(id);
    const carried = new CarriedSession<Data>(id, record, this.#records, () => {
      mustSet = true;
    });
    const commit = async (headers: Headers): Promise<void> => {
      await carried.close();
      if (carried.isOver) await this.#cookies.clear(headers);
      else if (mustSet) await this.#cookies.write(carried.id, headers);
    };
    return { session: carried.session, commit };
  }

  /** Sets the cookie with the answer to a handshake. */
  async #greet(
    cookie: string | undefined,
    connection: string,
    response: HandshakeResponse,
  ): Promise<void> {
    const ticket = await this.#readTicket(cookie);
    if (ticket !== undefined && !this.#cookies.isAgeing(ticket.expires)) return;
    const id = ticket?.id ?? (await sessionOfConnection(connection));
    const headers = new Headers();
    await this.#cookies.write(id, headers);
    for (const line of headers.getSetCookie()) response.appendHeader("set-cookie", line);
  }

  /** The same as at the handshake, whether the object has slept since or not. */
  async #findId({ handshake, conn }: SocketOf<AnyTypes>): Promise<string> {
    const ticket = await this.#readTicket(handshake.headers.cookie);
    return ticket?.id ?? (await sessionOfConnection(conn.id));
  }

  /** Undefined also for a session that has ended. */
  async #readTicket(cookie: string | undefined): Promise<SessionTicket | undefined> {
    const ticket = await this.#cookies.read(cookie);
    if (ticket === undefined) return undefined;
    return (await this.#records.read(ticket.id)).isOver ? undefined : ticket;
  }
}

interface HandshakeResponse {
  appendHeader(name: string, value: string): unknown;
}

const EMPTY: SessionRecord = { data: {}, isOver: false, isAgeing: false };

/** Records that live as long as the cookies that name them, in a store. */
class StoredRecords implements SessionRecords {
  readonly #store: SessionStore;
  readonly #cookies: SealedCookies;

  constructor(store: SessionStore, cookies: SealedCookies) {
    this.#store = store;
    this.#cookies = cookies;
  }

  async read(id: string): Promise<SessionRecord> {
    const stored = await this.#store.get(id);
    if (stored === undefined || stored.expires <= Date.now()) return EMPTY;
    const { data, expires } = stored;
    return { data: data ?? {}, isOver: data === null, isAgeing: this.#cookies.isAgeing(expires) };
  }

  async write(id: string, data: Record<string, unknown>): Promise<void> {
    // A handler may have waited for long: who has signed out meanwhile must stay so.
    if ((await this.read(id)).isOver) throw sessionIsOver();
    await this.#set(id, data);
  }

  async renew(id: string): Promise<void> {
    const { data, isAgeing, isOver } = await this.read(id);
    if (isAgeing && !isOver) await this.#set(id, data);
  }

  rename(_before: string, id: string, data: Record<string, unknown>): Promise<void> {
    return this.#set(id, data);
  }

  /** Kept as ended for as long as a cookie may name it. */
  end(id: string): Promise<void> {
    return this.#set(id, null);
  }

  #set(id: string, data: Record<string, unknown> | null): Promise<void> {
    return this.#store.set(id, { data, expires: Date.now() + this.#cookies.ttl });
  }
}
