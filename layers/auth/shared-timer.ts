/**
 * One moment at which something is due, for all clients of a server together. It is kept by `io.schedule`, so
 * that it outlives a sleep and keeps nothing awake.
 */
import type { AnyServer } from "./options.ts";

export class SharedTimer {
  readonly #io: AnyServer;
  readonly #name: string;
  /** When it rings, as far as this is known: it may have been set before a sleep. */
  #time = Number.POSITIVE_INFINITY;

  /** `name`: of what is scheduled. To be made in `setup`. */
  constructor(io: AnyServer, name: string, ring: () => void) {
    this.#io = io;
    this.#name = name;
    io.schedule.on(name, () => {
      this.#time = Number.POSITIVE_INFINITY;
      ring();
    });
  }

  /** Rings at this time (milliseconds since the epoch), or when it would have rung, if that is earlier. */
  ringBy(time: number): void {
    if (time >= this.#time) return;
    this.#time = time;
    this.#io.schedule.at(time, this.#name);
  }

  cancel(): void {
    this.#time = Number.POSITIVE_INFINITY;
    this.#io.schedule.cancel(this.#name);
  }
}
