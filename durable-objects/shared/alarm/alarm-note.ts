/** The note in the storage that says when the application's alarm is due: see shared-alarm.ts. */
import type { FencedStorage } from "../storage/own-storage.ts";

/** Where the note is kept. */
const KEY = "alarm";

/** A note that says that the application's alarm is not set. */
export const NOT_SET = -1;

export class AlarmNote {
  readonly #own: FencedStorage;
  /** Gets what the storage throws. */
  readonly #report: (error: unknown) => void;
  /** Undefined if there is none, and until it was read. */
  #note: number | undefined;
  #isRead = false;

  constructor(own: FencedStorage, report: (error: unknown) => void) {
    this.#own = own;
    this.#report = report;
    own.onLoss(() => {
      if (this.#isRead && this.#note !== undefined) own.put(KEY, this.#note);
    });
  }

  /** A time in milliseconds since the epoch, or `NOT_SET`; undefined if there is none. */
  read(): number | undefined {
    if (this.#isRead) return this.#note;
    try {
      const note = this.#own.get(KEY);
      this.#note = typeof note === "number" ? note : undefined;
      this.#isRead = true;
    } catch (error) {
      // The heartbeat must go on. The note is read again next time.
      this.#report(error);
    }
    return this.#note;
  }

  /** Undefined: there is to be none. */
  write(note: number | undefined): void {
    this.#note = note;
    this.#isRead = true;
    try {
      if (note === undefined) this.#own.delete(KEY);
      else this.#own.put(KEY, note);
    } catch (error) {
      this.#report(error);
    }
  }

  /** As `write`, if it is another. */
  putBack(note: number | undefined): void {
    if (this.#note !== note) this.write(note);
  }
}
