/** Acknowledgements that a namespace waits for after broadcasts. */
import type { Any } from "./typed-events.ts";

export type AckCallback = (...args: Any[]) => void;

interface PendingBroadcast {
  /** Sessions that have not answered yet. */
  sessions: Set<number>;
  callback: AckCallback;
}

export class BroadcastAcks {
  readonly #pending = new Map<number, PendingBroadcast>();

  /** Calls `callback` with each answer of `sessions` to the packet with this id. */
  expect(id: number, sessions: Iterable<number>, callback: AckCallback): void {
    this.#pending.set(id, { sessions: new Set(sessions), callback });
  }

  /** An answer came. Unexpected ones, and those that come twice, are ignored. */
  receive(session: number, id: number, args: unknown[]): void {
    const broadcast = this.#pending.get(id);
    if (!broadcast?.sessions.delete(session)) return;
    if (broadcast.sessions.size === 0) this.#pending.delete(id);
    broadcast.callback(...args);
  }

  /** A session is gone, and its handle may come to stand for another: it will not answer. */
  forgetSession(session: number): void {
    for (const [id, broadcast] of this.#pending) {
      if (broadcast.sessions.delete(session) && broadcast.sessions.size === 0) {
        this.#pending.delete(id);
      }
    }
  }

  /** The time for answers is over. */
  forget(id: number): void {
    this.#pending.delete(id);
  }

  clear(): void {
    this.#pending.clear();
  }

  get size(): number {
    return this.#pending.size;
  }
}
