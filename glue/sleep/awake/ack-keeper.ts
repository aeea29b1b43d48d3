/**
 * Acknowledgements without a timeout, on a platform that puts the server to sleep whenever nothing
 * holds it awake. Their callbacks would be lost by a sleep: so a timer keeps the object awake for a
 * while, and then they are given up, with a warning.
 */

import { Timer } from "../../common/timers.ts";

/** One acknowledgement that is waited for. */
export interface AwaitedAck {
  readonly id: number;
  readonly owner: AckOwner;
  /** When it is given up, in milliseconds since the epoch. */
  readonly deadline: number;
}

/** A socket, as far as this is concerned. */
export interface AckOwner {
  readonly id: string;
  readonly nsp: { readonly name: string };
  _forgetAck(id: number): void;
}

export class AckKeeper {
  readonly #patience: number;
  readonly #now: () => number;
  /** In the order of their deadlines, for all have the same patience. */
  readonly #awaited = new Set<AwaitedAck>();
  readonly #timer = new Timer();

  /** `patience`: the option `ackKeepAlive`. `now`: the clock, in milliseconds. */
  constructor(patience: number, now: () => number) {
    this.#patience = patience;
    this.#now = now;
  }

  /** Whether any is waited for. */
  get isWaiting(): boolean {
    return this.#awaited.size > 0;
  }

  /** The object stays awake for this acknowledgement. To be given to `forget` when it has come. */
  expect(owner: AckOwner, id: number): AwaitedAck {
    const ack = { id, owner, deadline: this.#now() + this.#patience };
    this.#awaited.add(ack);
    this.#timer.set(() => this.#giveUp(), this.#patience);
    return ack;
  }

  /** This acknowledgement is not waited for any more. */
  forget(ack: AwaitedAck): void {
    this.#awaited.delete(ack);
    if (this.#awaited.size === 0) this.#timer.stop();
  }

  /** None of this socket is waited for any more. */
  forgetAll(owner: AckOwner): void {
    for (const ack of this.#awaited) if (ack.owner === owner) this.forget(ack);
  }

  #giveUp(): void {
    const now = this.#now();
    const given = new Map<AckOwner, number>();
    for (const ack of this.#awaited) {
      if (ack.deadline > now) {
        this.#timer.set(() => this.#giveUp(), ack.deadline - now);
        break;
      }
      this.#awaited.delete(ack);
      ack.owner._forgetAck(ack.id);
      given.set(ack.owner, (given.get(ack.owner) ?? 0) + 1);
    }
    for (const [owner, count] of given) {
      console.warn(
        `dormouse: ${owner.nsp.name}, socket ${owner.id}: ${count} acknowledgement(s) did not come ` +
          `within ackKeepAlive (${this.#patience} ms) and will be ignored; timeout() says when to stop waiting`,
      );
    }
  }
}
