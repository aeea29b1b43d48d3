/**
 * Asynchronous listeners of events that have not settled: what they go on to do, a sleep would lose, and nobody
 * would do it again. The platform waits for what it does for them (a fetch, a timer), and not for what a client
 * does. So a timer keeps the object awake meanwhile.
 */
import type { Registrant } from "../engine/keeper.ts";
import type { AwakeReason } from "./awake.ts";

/** After so many milliseconds it is told of: those that only wait for a service are done by then. */
const PATIENCE = 5_000;
/** So many promises settle one after the other in a turn's end, without anybody having waited. */
const STEPS = 3;

interface Waiting {
  readonly event: unknown;
  isOld: boolean;
}

export class Unsettled {
  /** By whose listener it is. */
  readonly #waiting = new Map<Registrant, Set<Waiting>>();
  readonly #mayHold: () => boolean;
  readonly #tell: (reason: AwakeReason) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLooking = false;

  /** `mayHold`: whether they keep the object awake, as things are. `tell` is called with each that takes long. */
  constructor(mayHold: () => boolean, tell: (reason: AwakeReason) => void) {
    this.#mayHold = mayHold;
    this.#tell = tell;
  }

  get list(): AwakeReason[] {
    return this.#all().map(([owner, waiting]) => reasonOf(owner, waiting));
  }

  /** Whether a timer keeps the object awake. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** Whether the object is awake for one that takes long. */
  get isHeld(): boolean {
    return this.isWaiting && this.#all().some(([, { isOld }]) => isOld);
  }

  /** A listener of this event runs, until its promise settles. */
  note(promise: PromiseLike<unknown>, owner: Registrant, event: unknown): void {
    const waiting: Waiting = { event, isOld: false };
    const ofOwner = this.#waiting.get(owner) ?? new Set();
    this.#waiting.set(owner, ofOwner.add(waiting));
    const settled = (): void => {
      // The owner may be gone, and with it all that is waited for.
      if (ofOwner.delete(waiting) && ofOwner.size === 0) this.release(owner);
    };
    promise.then(settled, settled);
    if (this.#isLooking || this.#timer !== undefined) return;
    this.#isLooking = true;
    void this.#lookSoon();
  }

  /** Whether they may keep the object awake has to be asked again. */
  review(): void {
    if (this.#waiting.size === 0 || this.#isLooking) return;
    if (this.#mayHold()) this.#timer ??= setTimeout(() => this.#tellOfOld(), PATIENCE);
    else this.#stop();
  }

  /** The owner is gone, or nothing of it goes on any more. */
  release(owner: object): void {
    if (this.#waiting.delete(owner as Registrant) && this.#waiting.size === 0) this.#stop();
  }

  /** Nothing is waited for any more. */
  clear(): void {
    this.#waiting.clear();
    this.#stop();
  }

  #all(): [Registrant, Waiting][] {
    return [...this.#waiting].flatMap(([owner, ofOwner]) => {
      return Array.from(ofOwner, (waiting): [Registrant, Waiting] => [owner, waiting]);
    });
  }

  /** Most are done by then. */
  async #lookSoon(): Promise<void> {
    for (let step = 0; step < STEPS; step++) await undefined;
    this.#isLooking = false;
    this.review();
  }

  #tellOfOld(): void {
    this.#timer = undefined;
    for (const [owner, waiting] of this.#all()) {
      if (waiting.isOld) continue;
      waiting.isOld = true;
      this.#tell(reasonOf(owner, waiting));
    }
    this.review();
  }

  #stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function reasonOf(owner: Registrant, { event }: Waiting): AwakeReason {
  return {
    kind: "promise",
    what: `the promise of a listener of ${JSON.stringify(event)}`,
    whose: owner._describe(),
    instead:
      "let the listener end, keep in socket.data or io.data who waits for what, and go on in the listener of what comes",
  };
}
