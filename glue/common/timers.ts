/** Timers of all platforms. */

/** The longest delay that `setTimeout` takes, in milliseconds: about 25 days. */
export const MAX_DELAY = 0x7fff_ffff;

type Handle = ReturnType<typeof setTimeout>;

/** The timer of somebody who has one at most at a time. */
export class Timer {
  #handle: Handle | undefined;

  /** Whether it will go off. */
  get isSet(): boolean {
    return this.#handle !== undefined;
  }

  /** Calls `run` after so many milliseconds. Nothing if it is set already. */
  set(run: () => void, delay: number): Handle {
    this.#handle ??= setTimeout(() => {
      this.#handle = undefined;
      run();
    }, delay);
    return this.#handle;
  }

  stop(): void {
    if (this.#handle !== undefined) clearTimeout(this.#handle);
    this.#handle = undefined;
  }
}
