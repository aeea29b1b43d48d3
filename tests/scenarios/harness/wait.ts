/** Waiting on conditions. */

/** How long a condition may take before the scenario has failed, in milliseconds. */
export const PATIENCE = 60_000;

/** The same, as long as something else comes meanwhile: a slow machine needs its time for hundreds of events. */
const MOST_PATIENCE = 4 * PATIENCE;

/** A list of one-shot conditions over something that changes, checked on each `changed()`. */
export class Conditions {
  #waiting = new Set<() => void>();

  /** Checks all conditions that are waited for. */
  changed(): void {
    for (const check of [...this.#waiting]) check();
  }

  /** Resolves as soon as `probe` gives something else than undefined. */
  wait<T>(what: string, probe: () => T | undefined, describe: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const end = Date.now() + MOST_PATIENCE;
      const check = () => {
        const value = probe();
        if (value === undefined) {
          if (Date.now() < end) timer.refresh();
          return;
        }
        finish();
        resolve(value);
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`waited in vain for ${what}; seen: ${describe()}`));
      }, PATIENCE);
      this.#waiting.add(check);
      check();
    });
  }
}

/** The same for something that can only be asked for, again and again. */
export async function poll<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  describe: () => string,
): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (let pause = 1; ; pause = Math.min(pause * 2, 20)) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}; seen: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
