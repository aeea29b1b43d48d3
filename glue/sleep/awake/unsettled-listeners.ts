/**
 * Asynchronous listeners of events that have not settled: what they go on to do, a sleep would lose, and nobody
 * would do it again. The platform waits for what it does for them (a fetch, a timer), and not for what a client
 * does. So a timer keeps the object awake meanwhile.
 */

import { DIAGNOSTICS } from "../../common/diagnostics.ts";
import { inMicrotask } from "../../common/microtasks.ts";
import { HABITS } from "../../common/pages.ts";
import { Timer } from "../../common/timers.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { Registrant } from "../../engine/connections/registrant.ts";
import type { AwakeReason } from "./awake-reasons.ts";

/** After so many milliseconds it is told of: those that only wait for a service are done by then. */
const PATIENCE = 5_000;
/** So many promises settle one after the other in a turn's end, without anybody having waited. */
const STEPS = 3;

/** A socket. */
export type Listening = Registrant & { readonly _conn: Connection };

interface Waiting {
  readonly event: unknown;
  readonly owner: Listening;
  isOld: boolean;
}

export class UnsettledListeners {
  readonly #waiting = new Set<Waiting>();
  readonly #mayHold: () => boolean;
  readonly #tell: (reason: AwakeReason) => void;
  readonly #onAmidWork: (connection: Connection) => void;
  readonly #timer = new Timer();
  /** Of the steps until somebody looks who is still there, how many are left. */
  #steps = 0;
  readonly #step = (): void => {
    this.#steps -= 1;
    if (this.#steps > 0) inMicrotask(this.#step);
    else this.review();
  };

  /**
   * `mayHold`: whether they keep the object awake, as things are. `tell` is called with each that takes long,
   * `onAmidWork` when one ends while middlewares or connection listeners of its client are at work.
   */
  constructor(
    mayHold: () => boolean,
    tell: (reason: AwakeReason) => void,
    onAmidWork: (connection: Connection) => void,
  ) {
    this.#mayHold = mayHold;
    this.#tell = tell;
    this.#onAmidWork = onAmidWork;
  }

  get list(): AwakeReason[] {
    return Array.from(this.#waiting, reasonOf);
  }

  /** Whether a timer keeps the object awake. */
  get isWaiting(): boolean {
    return this.#timer.isSet;
  }

  /** Whether the object is awake for one that takes long. */
  get isHeld(): boolean {
    return this.isWaiting && [...this.#waiting].some(({ isOld }) => isOld);
  }

  /** A listener of this event runs, until its promise settles. */
  note(promise: PromiseLike<unknown>, owner: Listening, event: unknown): void {
    const waiting: Waiting = { event, owner, isOld: false };
    this.#waiting.add(waiting);
    owner._conn._goingOn += 1;
    const settled = (): void => this.#end(waiting);
    promise.then(settled, settled);
    if (this.#steps > 0 || this.#timer.isSet) return;
    // Most are done by then.
    this.#steps = STEPS;
    inMicrotask(this.#step);
  }

  /** Whether they may keep the object awake has to be asked again. */
  review(): void {
    if (this.#waiting.size === 0 || this.#steps > 0) return;
    if (this.#mayHold()) this.#timer.set(() => this.#tellOfOld(), PATIENCE);
    else this.#timer.stop();
  }

  /** The owner is gone. */
  release(owner: object): void {
    for (const waiting of this.#waiting) if (waiting.owner === owner) this.#end(waiting);
  }

  /** Nothing is waited for any more. */
  clear(): void {
    this.#waiting.clear();
    this.#timer.stop();
  }

  #end(waiting: Waiting): void {
    if (!this.#waiting.delete(waiting)) return;
    if (this.#waiting.size === 0) this.#timer.stop();
    const { _conn: connection } = waiting.owner;
    connection._goingOn -= 1;
    if (connection._registering > 0) this.#onAmidWork(connection);
  }

  #tellOfOld(): void {
    for (const waiting of this.#waiting) {
      if (waiting.isOld) continue;
      waiting.isOld = true;
      this.#tell(reasonOf(waiting));
    }
    this.review();
  }
}

function reasonOf({ event, owner }: Waiting): AwakeReason {
  return {
    kind: "promise",
    what: `the promise of a listener of ${JSON.stringify(event)}`,
    whose: owner._describe(),
    instead: DIAGNOSTICS
      ? "let the listener end, keep in socket.data or io.data who waits for what, and go on in the listener of what comes"
      : HABITS,
  };
}
