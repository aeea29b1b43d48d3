/** Makes contexts, and opens their sessions. */

import type { Arrival, SessionSource } from "../session/source.ts";
import type { Any, AnyTypes, SocketOf } from "../types.ts";
import { type Application, type Packet, SocketContext } from "./context.ts";

/** Keeps what was changed of a session. */
export type CloseSession = () => Promise<void>;

export class ContextMaker {
  readonly #app: Application<AnyTypes>;
  readonly #sessions: SessionSource<Any> | undefined;

  constructor(app: Application<AnyTypes>, sessions: SessionSource<Any> | undefined) {
    this.#app = app;
    this.#sessions = sessions;
  }

  makeContext(socket: SocketOf<AnyTypes>, packet?: Packet): SocketContext {
    const ctx = new SocketContext(this.#app, socket);
    ctx.packet = packet;
    return ctx;
  }

  /** Without, there is nothing to wait for. */
  get hasSessions(): boolean {
    return this.#sessions !== undefined;
  }

  /** The socket has just been connected. */
  noteConnected(socket: SocketOf<AnyTypes>): void {
    this.#sessions?.connected?.(socket);
  }

  /** To be closed whatever happens. Rejects with what the session's store fails with. */
  async openSession(ctx: SocketContext, arrival: Arrival = "connection"): Promise<CloseSession> {
    if (this.#sessions === undefined) return nothingToClose;
    const opened = await this.#sessions.open(ctx.socket, arrival);
    ctx.openSession = opened;
    return () => opened.close();
  }
}

export async function nothingToClose(): Promise<void> {}
