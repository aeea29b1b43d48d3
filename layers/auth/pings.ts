/** The application's own pings: one timer, and one broadcast, for all clients. */
import type { AnyServer } from "./options.ts";
import { SocketIOConstants } from "./protocol.ts";
import { SharedTimer } from "./shared-timer.ts";
import { WAITING_ROOM } from "./waiting-room.ts";

/** The name of what is scheduled. */
const NAME = "dormouse:auth:ping";

export const pingPayload = () => ({ time: new Date().toISOString() });

export class Pings {
  readonly #io: AnyServer;
  readonly #interval: number;
  readonly #timer: SharedTimer | undefined;

  /** `interval`: in milliseconds; 0 for none. */
  constructor(io: AnyServer, interval: number) {
    this.#io = io;
    this.#interval = interval;
    if (interval > 0) this.#timer = new SharedTimer(io, NAME, () => this.#ping());
  }

  /** There are clients. */
  start(): void {
    // At multiples of the interval, so that after a sleep the same time is computed and need not be remembered.
    const number = Math.floor(Date.now() / this.#interval) + 1;
    this.#timer?.ringBy(number * this.#interval);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #ping(): void {
    if (this.#io.sockets.sockets.size === 0) return;
    this.#io.except(WAITING_ROOM).emit(SocketIOConstants.EVENT_PING, pingPayload());
    this.start();
  }
}
