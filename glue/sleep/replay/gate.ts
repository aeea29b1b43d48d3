/**
 * The one place that decides whether what the running code does is dropped, because it has happened
 * before a sleep. Commands of the engine, adapters and `data` ask it.
 *
 * What belongs to a repetition is told from what others do meanwhile by an `AsyncLocalStorage`, which is
 * looked at only while something is repeated. Where the platform has none, code is told apart only up to
 * its first `await`.
 */
import { inMicrotask } from "../../common/microtasks.ts";
import type { Gate } from "../../engine/commands/replay-gate.ts";
import { type AsyncContext, sharedAsyncContext } from "./async-context.ts";

/** Code that runs again. */
export class Repetition {
  /** @internal Written by the gate. */
  _isDropping = false;

  /** Whether what it does is dropped. */
  get isDropping(): boolean {
    return this._isDropping;
  }

  /** @internal The gate tells of a connection that its code has tried to end, or only that session of it. */
  _noteEnd(_connection: object, _session?: number): void {}
}

/** What code that is dropped may have in its hands, until it pauses. */
export interface Lent {
  /** Undoes what was done to it. */
  _takeBack(): void;
}

/** What is exempt belongs to this, which drops nothing. */
const EXEMPT = new Repetition();

/**
 * Which repetitions the running code belongs to. At most one of each server's: a server's code may run within another's
 * that is repeated.
 */
interface Running {
  readonly gate: ReplayGate;
  readonly repetition: Repetition;
  readonly outer: Running | undefined;
}

/**
 * Those of other gates of which something is still dropped: so this does not grow with the servers that there were.
 */
function withoutGate(running: Running | undefined, gate: ReplayGate): Running | undefined {
  if (running === undefined) return undefined;
  const outer = withoutGate(running.outer, gate);
  if (running.gate === gate || !running.repetition.isDropping) return outer;
  return outer === running.outer ? running : { ...running, outer };
}

export class ReplayGate implements Gate {
  /** Repetitions of which something may still have to be dropped. */
  #dropping = 0;
  /** The repetition whose code is being called. */
  #current: Repetition | undefined;
  /** That of all gates, from the first repetition on; `null` if the platform has none. */
  #context: AsyncContext<Running | undefined> | null | undefined;
  readonly #lent = new Set<Lent>();
  /** Called before code runs of which something is dropped. Left out: nobody has lent anything for good. */
  beforeDropping: (() => void) | undefined;

  /** Whether anything is being repeated, by whichever code. */
  get isRepeating(): boolean {
    return this.#dropping > 0;
  }

  get isDropping(): boolean {
    return this.#dropping > 0 && this.#active()?.isDropping === true;
  }

  /** Whether the running code belongs to this repetition, and is dropped. */
  isCurrent(repetition: Repetition): boolean {
    return this.#dropping > 0 && repetition.isDropping && this.#active() === repetition;
  }

  /** From now on, what this repetition does is dropped. */
  close(repetition: Repetition): void {
    if (repetition.isDropping) return;
    repetition._isDropping = true;
    this.#dropping += 1;
  }

  /** From now on, what this repetition does takes effect, wherever its code has got to. */
  open(repetition: Repetition): void {
    if (!repetition.isDropping) return;
    repetition._isDropping = false;
    this.#dropping -= 1;
  }

  /**
   * The running code, which is dropped, gets something that is not its own. It is taken back when that
   * code is done or pauses, before anybody else has it.
   */
  lend(lent: Lent): void {
    this.#lent.add(lent);
    // Within the call itself the end of the call is known.
    if (this.#current === undefined) inMicrotask(() => this.takeBack());
  }

  /** Undoes what was done to all that is lent, unless the code that has it is being called. */
  takeBack(): void {
    if (this.#lent.size === 0 || this.#current !== undefined) return;
    for (const lent of this.#lent) lent._takeBack();
    this.#lent.clear();
  }

  /**
   * Runs code of a repetition. Returns whether it will still be known as such after its first `await`.
   */
  run(repetition: Repetition, body: () => void): boolean {
    this.#context ??= sharedAsyncContext<Running | undefined>() ?? null;
    this.#enter(repetition, body, this.#context);
    return this.#context !== null;
  }

  silently(run: () => void): void {
    const repetition = new Repetition();
    this.close(repetition);
    try {
      this.#enter(repetition, run, null);
    } finally {
      this.open(repetition);
    }
  }

  noteDroppedEnd(connection: object, session?: number): void {
    this.#active()?._noteEnd(connection, session);
  }

  exempt<Result>(run: () => Result): Result {
    return this.isDropping ? this.#enter(EXEMPT, run, this.#context) : run();
  }

  #enter<Result>(
    repetition: Repetition,
    run: () => Result,
    context: AsyncContext<Running | undefined> | null | undefined,
  ): Result {
    const before = this.#current;
    this.#current = repetition;
    try {
      if (before === undefined && repetition.isDropping) this.beforeDropping?.();
      return context ? context.run(this.#runningWith(repetition, context.getStore()), run) : run();
    } finally {
      this.#current = before;
      this.takeBack();
    }
  }

  #runningWith(repetition: Repetition, running: Running | undefined): Running | undefined {
    const outer = withoutGate(running, this);
    return repetition === EXEMPT ? outer : { gate: this, repetition, outer };
  }

  #active(): Repetition | undefined {
    // Within the call itself the context need not be asked.
    if (this.#current !== undefined) return this.#current;
    let running = this.#context?.getStore();
    while (running !== undefined && running.gate !== this) running = running.outer;
    return running?.repetition;
  }
}
