/**
 * Clients that are not authenticated yet. They are in a room, so that they are found among many others, and
 * after a sleep, without looking at anybody else; and they have one timer together.
 */
import { isAuthenticated, recordOf } from "./client-record.ts";
import type { AnyServer, AnySocket } from "./options.ts";
import { SharedTimer } from "./shared-timer.ts";

export const WAITING_ROOM = "io-unauthorized";
/** The name of what is scheduled. */
const NAME = "dormouse:auth:deadline";

export class WaitingRoom {
  readonly #io: AnyServer;
  readonly #timeout: number;
  readonly #expire: (socket: AnySocket) => void;
  readonly #timer: SharedTimer | undefined;

  /**
   * `timeout`: how long one may be here, in milliseconds, or `Infinity`; `expire`: what to do with those
   * that have been here for longer.
   */
  constructor(io: AnyServer, timeout: number, expire: (socket: AnySocket) => void) {
    this.#io = io;
    this.#timeout = timeout;
    this.#expire = expire;
    if (Number.isFinite(timeout)) this.#timer = new SharedTimer(io, NAME, () => this.#look());
  }

  /** The sockets that wait to be authenticated. */
  get sockets(): AnySocket[] {
    const { adapter, sockets } = this.#io.sockets;
    return [...(adapter.rooms.get(WAITING_ROOM) ?? [])]
      .map((id) => sockets.get(id))
      .filter((socket) => socket !== undefined);
  }

  /** Somebody has come; gives until when it may stay, in milliseconds since the epoch. */
  enter(socket: AnySocket): number {
    const deadline = Date.now() + this.#timeout;
    socket.join(WAITING_ROOM);
    this.#timer?.ringBy(deadline);
    return deadline;
  }

  /** The timer stays: to ring for nobody is cheaper than to be set anew for each client. */
  leave(socket: AnySocket): void {
    socket.leave(WAITING_ROOM);
  }

  /** After a sleep it is not known for whom the timer was set: who comes now must not set it to later. */
  resume(): void {
    for (const socket of this.sockets) this.#timer?.ringBy(deadlineOf(socket));
  }

  /** Nobody is waited for any more. */
  close(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const now = Date.now();
    for (const socket of this.sockets) {
      if (isAuthenticated(socket)) continue;
      const deadline = deadlineOf(socket);
      if (deadline <= now) this.#expire(socket);
      else this.#timer?.ringBy(deadline);
    }
  }
}

function deadlineOf(socket: AnySocket): number {
  return recordOf(socket)?.deadline ?? 0;
}
