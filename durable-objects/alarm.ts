/** The object's one alarm, moved only when it must come earlier: each move is a billed write. */

/** As much of an object's storage as alarms need. */
export interface AlarmStorage {
  getAlarm(): Promise<number | null>;
  setAlarm(time: number, options?: { allowUnconfirmed?: boolean }): Promise<void>;
}

export class AlarmClock {
  readonly #storage: AlarmStorage;
  readonly #report: (error: unknown) => void;
  #deadline: number | null = null;
  /** When the alarm is set for; undefined as long as nobody has asked. */
  #alarm: number | null | undefined;
  #isAsking = false;

  /** `report` gets what the storage throws. */
  constructor(storage: AlarmStorage, report: (error: unknown) => void) {
    this.#storage = storage;
    this.#report = report;
  }

  /**
   * Asks for an alarm at this time at the latest, or for none any more (`null`). An alarm that is set
   * already is never put off or deleted: it does no harm.
   */
  schedule(deadline: number | null): void {
    this.#deadline = deadline;
    if (deadline === null) return;
    if (this.#alarm === undefined) this.#ask();
    else if (this.#alarm === null || this.#alarm > deadline) this.#set(deadline);
  }

  /** The alarm went off; nothing is set any more. */
  handleAlarm(): void {
    this.#alarm = null;
  }

  /** Sets the next alarm, unless `schedule` did so since `handleAlarm`. */
  rearm(): void {
    this.schedule(this.#deadline);
  }

  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#storage.getAlarm().then((alarm) => {
      this.#isAsking = false;
      this.#alarm ??= alarm;
      this.schedule(this.#deadline);
    }, this.#report);
  }

  #set(time: number): void {
    this.#alarm = time;
    // Nothing that is sent depends on the alarm being on disk.
    this.#storage.setAlarm(time, { allowUnconfirmed: true }).catch(this.#report);
  }
}
