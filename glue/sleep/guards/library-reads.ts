/**
 * Accessors that stand in place of properties while code runs again (property-guards.ts) have to know who reads them.
 * When it is the library itself, which only compares and copies, it says so here. It looks at one thing at a time, and at
 * once: the change tracker has one of these for all.
 */
export class LibraryReads {
  #isOn = false;

  /** Whether the library looks at what is there, and nobody else. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Runs what looks. */
  during<Result>(look: () => Result): Result {
    const before = this.#isOn;
    this.#isOn = true;
    try {
      return look();
    } finally {
      this.#isOn = before;
    }
  }
}
