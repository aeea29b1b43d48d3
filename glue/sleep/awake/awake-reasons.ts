/**
 * Why the object stays awake: what is known that a sleep would lose. One list for all causes. While there
 * is anything on it, a timer keeps the platform from putting the object to sleep, unless the application
 * has asked for sleep at any price.
 */

import { Timer } from "../../common/timers.ts";

/** One reason, for as long as it lasts. */
export interface AwakeReason {
  /**
   * What a sleep would lose:
   * - `listener`: one that was registered later than by the connection listener; of a namespace, the server or
   *   the engine, later than in `setup`;
   * - `namespace`: one that was made later than in `setup`;
   * - `adapter`: one that keeps its rooms itself;
   * - `property`, `data`: a property, or a part of `data`, that cannot be kept and is not made again;
   * - `acknowledgement`: one that is waited for;
   * - `promise`: that of an event's listener, which has not settled;
   * - `connection`: one whose client polls;
   * - `request`: nothing, but somebody has asked for it by `io.keepAwake()`.
   */
  readonly kind:
    | "listener"
    | "namespace"
    | "adapter"
    | "property"
    | "data"
    | "acknowledgement"
    | "promise"
    | "connection"
    | "request";
  /** Its name, as code writes it: `socket.on("answer")`, `socket.data.player`. */
  readonly what: string;
  /** Whose it is: `socket <id> in <namespace>`, `namespace <name>`, `the server`. */
  readonly whose: string;
  /** What to write instead. */
  readonly instead: string;
}

/** How often the timer goes off, in milliseconds. It does nothing but be there. */
const INTERVAL = 60_000;

export class AwakeReasons {
  /** The reasons, by their owners, then by keys that tell those of one owner apart. */
  readonly #reasons = new Map<object, Map<unknown, AwakeReason>>();
  readonly #mayHold: () => boolean;
  readonly #tell: (reason: AwakeReason) => void;
  readonly #timer = new Timer();

  /** `mayHold`: whether they keep the object awake, as things are. `tell` is called with each reason that comes up. */
  constructor(mayHold: () => boolean, tell: (reason: AwakeReason) => void) {
    this.#mayHold = mayHold;
    this.#tell = tell;
  }

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#reasons.size === 0;
  }

  get list(): AwakeReason[] {
    return [...this.#reasons.values()].flatMap((reasons) => [...reasons.values()]);
  }

  /** Whether a timer keeps the object awake. */
  get isWaiting(): boolean {
    return this.#timer.isSet;
  }

  /** From now on there is this reason. Nothing if there is one of this owner's and of this key. */
  add(owner: object, key: unknown, reason: AwakeReason): void {
    const reasons = this.#reasons.get(owner) ?? new Map<unknown, AwakeReason>();
    if (reasons.has(key)) return;
    this.#reasons.set(owner, reasons);
    reasons.set(key, reason);
    this.#tell(reason);
    this.review();
  }

  /** Whether they may keep the object awake has to be asked again. */
  review(): void {
    if (this.#reasons.size === 0 || !this.#mayHold()) this.#timer.stop();
    else this.#hold();
  }

  /** The reason is gone, if there was one. */
  remove(owner: object, key: unknown): void {
    const reasons = this.#reasons.get(owner);
    if (reasons?.delete(key) && reasons.size === 0) this.removeAll(owner);
  }

  /** None of this owner's is left. */
  removeAll(owner: object): void {
    if (this.#reasons.delete(owner)) this.review();
  }

  /** Nothing is left. */
  clear(): void {
    this.#reasons.clear();
    this.#timer.stop();
  }

  #hold(): void {
    this.#timer.set(() => this.#hold(), INTERVAL);
  }
}
