/** Acknowledgements that a namespace waits for after broadcasts. */
import { LiveMap } from "../../adapter/rooms/live-views.ts";
import type { Any } from "../types/typed-events.ts";

/** Called with a client's answer. */
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
    if (!broadcast?.sessions.has(session)) return;
    try {
      broadcast.callback(...args);
    } finally {
      this.forgetSession(session, id);
    }
  }

  /** The ids of the packets that a session has not answered yet. */
  idsOf(session: number): number[] {
    const ids: number[] = [];
    for (const [id, { sessions }] of this.#pending) if (sessions.has(session)) ids.push(id);
    return ids;
  }

  /** The sessions that have not answered yet, and the ids of the packets. */
  *waiting(): Iterable<{ id: number; session: number }> {
    for (const [id, { sessions }] of this.#pending) {
      for (const session of sessions) yield { id, session };
    }
  }

  /** What is called with the answer of a session. */
  callbackOf(session: number, id: number): AckCallback | undefined {
    const broadcast = this.#pending.get(id);
    return broadcast?.sessions.has(session) ? broadcast.callback : undefined;
  }

  /** A session will not answer this packet, or any: its handle may be given to another session. */
  forgetSession(session: number, only?: number): boolean {
    let isFound = false;
    for (const [id, { sessions }] of this.#pending) {
      if (only !== undefined && id !== only) continue;
      if (!sessions.delete(session)) continue;
      isFound = true;
      if (sessions.size === 0) this.#pending.delete(id);
    }
    return isFound;
  }

  /** The time for answers is over. */
  forget(id: number): void {
    this.#pending.delete(id);
  }

  clear(): void {
    this.#pending.clear();
  }
}

/** `socket.acks`: what a socket waits for, by its own emits and by broadcasts. */
export class AckTable extends LiveMap<number, AckCallback> {
  readonly #own: Map<number, AckCallback>;
  readonly #broadcasts: BroadcastAcks;
  readonly #session: () => number;

  constructor(own: Map<number, AckCallback>, broadcasts: BroadcastAcks, session: () => number) {
    super({
      keys: () => [...own.keys(), ...broadcasts.idsOf(session())],
      get: (id) => own.get(id) ?? broadcasts.callbackOf(session(), id),
    });
    this.#own = own;
    this.#broadcasts = broadcasts;
    this.#session = session;
  }

  override set(id: number, callback: AckCallback): this {
    this.#own.set(id, callback);
    return this;
  }

  override delete(id: number): boolean {
    return this.#own.delete(id) || this.#broadcasts.forgetSession(this.#session(), id);
  }

  override clear(): void {
    for (const id of [...this.keys()]) this.delete(id);
  }
}
