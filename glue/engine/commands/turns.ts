/**
 * Turns. An input and all that its listeners do at once is a turn; what the application does outside of
 * inputs (after an await, in a timer) is a turn that ends with its microtasks. When a turn is over, what
 * changed in it is kept, and transports count as writable again.
 */
import { inMicrotask } from "../../common/microtasks.ts";

export class Turns {
  /** Counts: a transport is not writable in a turn in which something was sent over it. */
  count = 0;
  /** Inputs and commands that are under way. */
  #depth = 0;
  #isEndScheduled = false;
  #onEnd: () => void;
  readonly #onInput: (() => void) | undefined;
  readonly #onOutside: (() => void) | undefined;
  /** Called before a turn begins with an input, too; undefined while nobody asks for it. */
  beforeInput: (() => void) | undefined;
  readonly #afterwards: (() => void)[] = [];
  readonly #endScheduled = (): void => {
    this.#isEndScheduled = false;
    this.#onOutside?.();
    this.#end();
  };

  /**
   * `onEnd` is called whenever a turn is over, `onInput` before one begins with an input, `onOutside` before one is
   * over that is outside of inputs.
   */
  constructor(onEnd: () => void, onInput?: () => void, onOutside?: () => void) {
    this.#onEnd = onEnd;
    this.#onInput = onInput;
    this.#onOutside = onOutside;
  }

  /** Whether an input or a command is under way. */
  get isRunning(): boolean {
    return this.#depth > 0;
  }

  beginInput(): void {
    if (this.#depth === 0) {
      this.#onInput?.();
      this.beforeInput?.();
    }
    this.#depth += 1;
    this.count += 1;
  }

  endInput(): void {
    this.#depth -= 1;
    if (this.#depth === 0) this.#end();
  }

  beginCommand(): void {
    this.#depth += 1;
  }

  endCommand(): void {
    this.#depth -= 1;
    this.scheduleEnd();
  }

  /** Something happened. Outside of inputs the turn is over once the microtasks are. */
  scheduleEnd(): void {
    if (this.#depth > 0 || this.#isEndScheduled) return;
    this.#isEndScheduled = true;
    inMicrotask(this.#endScheduled);
  }

  /** Also calls `run` whenever a turn is over, from now on for good. */
  alsoOnEnd(run: () => void): void {
    const before = this.#onEnd;
    this.#onEnd = () => {
      before();
      run();
    };
  }

  /** Runs `task` when the turn is over. */
  afterwards(task: () => void): void {
    this.#afterwards.push(task);
  }

  #end(): void {
    this.count += 1;
    this.#onEnd();
    if (this.#afterwards.length > 0) for (const task of this.#afterwards.splice(0)) task();
  }
}
