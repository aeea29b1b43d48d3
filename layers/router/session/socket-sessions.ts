/** The sessions of sockets, wherever their records are kept. */

import type { Any, AnyTypes, SocketOf } from "../types.ts";
import { CarriedSession, newSessionId, replayedSession } from "./carried-session.ts";
import type { SessionRecords } from "./records.ts";
import type { Arrival, OpenSession } from "./source.ts";

/** The property keeps its value while the object sleeps, like others that are set on a socket. */
type AnySocket = SocketOf<AnyTypes> & { sessionId?: string };

/** One session for all that a socket does at the same time: events are handled side by side. */
interface Shared {
  readonly opening: Promise<CarriedSession<Any>>;
  users: number;
}

export class SocketSessions<Data extends object> {
  readonly #records: SessionRecords;
  readonly #findId: (socket: AnySocket) => Promise<string | undefined> | string | undefined;
  readonly #shared = new WeakMap<AnySocket, Shared>();

  /** `findId`: the session of a socket that has been given none yet; undefined makes a new one. */
  constructor(
    records: SessionRecords,
    findId: (socket: AnySocket) => Promise<string | undefined> | string | undefined,
  ) {
    this.#records = records;
    this.#findId = findId;
  }

  async open(socket: AnySocket, arrival: Arrival): Promise<OpenSession<Data>> {
    if (arrival === "replay") {
      const id = await this.#idOf(socket);
      return replayedSession(id, await this.#records.read(id));
    }
    const shared = this.#shared.get(socket) ?? { opening: this.#load(socket), users: 0 };
    this.#shared.set(socket, shared);
    shared.users += 1;
    const release = (): void => {
      shared.users -= 1;
      if (shared.users === 0) this.#shared.delete(socket);
    };
    try {
      const carried = await shared.opening;
      // Released when it is kept: who comes meanwhile must not read what was there before.
      return { session: carried.session, close: () => carried.close().finally(release) };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #load(socket: AnySocket): Promise<CarriedSession<Data>> {
    const id = await this.#idOf(socket);
    const record = await this.#records.read(id);
    return new CarriedSession(id, record, this.#records, (moved) => {
      socket.sessionId = moved;
    });
  }

  async #idOf(socket: AnySocket): Promise<string> {
    socket.sessionId ??= siblingId(socket) ?? (await this.#findId(socket)) ?? newSessionId();
    return socket.sessionId;
  }
}

/** The session of another socket of the same connection. */
function siblingId(socket: AnySocket): string | undefined {
  for (const sibling of socket.client.sockets.values()) {
    const { sessionId } = sibling as AnySocket;
    if (sessionId !== undefined) return sessionId;
  }
  return undefined;
}
