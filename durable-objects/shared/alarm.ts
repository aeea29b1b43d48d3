/**
 * The object's one alarm, shared by us and the application. It is moved only when it must come earlier:
 * each move is a billed write.
 *
 * The application goes on using `ctx.storage.setAlarm`, `getAlarm` and `deleteAlarm`; they mean its own
 * alarm, whose time is kept in the storage, and the platform's alarm is set for whichever comes first.
 */

/** As much of an object's storage as alarms need. */
export interface AlarmStorage {
  getAlarm(): Promise<number | null>;
  setAlarm(time: number | Date, options?: { allowUnconfirmed?: boolean }): Promise<void>;
  deleteAlarm(): Promise<void>;
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<boolean>;
  deleteAll(): Promise<void>;
}

/** Where the time of the application's alarm is kept. */
const KEY = "dormouse:alarm";

export class AlarmClock {
  readonly #storage: AlarmStorage;
  /** The platform's methods, whatever becomes of those of the storage. */
  readonly #platform: Pick<AlarmStorage, "getAlarm" | "setAlarm" | "deleteAlarm" | "deleteAll">;
  readonly #report: (error: unknown) => void;
  #deadline: number | null = null;
  /** The application's alarm; undefined as long as nobody has asked. */
  #theirs: number | null | undefined;
  /** When the platform's alarm is set for; undefined as long as nobody has asked. */
  #alarm: number | null | undefined;
  #isAsking = false;

  /**
   * `isShared`: the application has alarms of its own; the storage's methods are taken over then.
   * `report` gets what the storage throws.
   */
  constructor(storage: AlarmStorage, isShared: boolean, report: (error: unknown) => void) {
    this.#storage = storage;
    this.#report = report;
    this.#platform = {
      getAlarm: storage.getAlarm.bind(storage),
      setAlarm: storage.setAlarm.bind(storage),
      deleteAlarm: storage.deleteAlarm.bind(storage),
      deleteAll: storage.deleteAll.bind(storage),
    };
    if (isShared) this.#takeOver();
    else this.#theirs = null;
  }

  /**
   * Asks for an alarm at this time at the latest, or for none any more (`null`). An alarm that is set
   * already is never put off or deleted: it does no harm.
   */
  schedule(deadline: number | null): void {
    this.#deadline = deadline;
    this.#arm();
  }

  /**
   * The platform's alarm went off. `ours` does our work; `theirs` is the application's alarm, called if
   * it is due. What that throws is thrown, and the platform tries again.
   */
  async handleAlarm(now: number, ours: () => void, theirs: () => unknown): Promise<void> {
    this.#alarm = null;
    const due = await this.#tryTheirs();
    ours();
    if (due === null || due > now) {
      this.#arm();
      return;
    }
    this.#theirs = null;
    try {
      await theirs();
    } catch (error) {
      // It may have set another one meanwhile.
      this.#theirs ??= due;
      this.#alarm = undefined;
      throw error;
    }
    if (this.#theirs === null) await this.#storage.delete(KEY);
    this.#arm();
  }

  #arm(): void {
    const times = [this.#deadline, this.#theirs ?? null].filter((time) => time !== null);
    if (times.length === 0) return;
    const wanted = Math.min(...times);
    if (this.#alarm === undefined) this.#ask();
    else if (this.#alarm === null || this.#alarm > wanted) this.#set(wanted);
  }

  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    Promise.all([this.#platform.getAlarm(), this.#tryTheirs()]).then(
      ([alarm]) => {
        this.#isAsking = false;
        this.#alarm ??= alarm;
        this.#arm();
      },
      (error) => {
        this.#isAsking = false;
        this.#report(error);
      },
    );
  }

  #set(time: number): void {
    this.#alarm = time;
    // Nothing that is sent depends on the alarm being on disk.
    this.#platform.setAlarm(time, { allowUnconfirmed: true }).catch((error) => {
      this.#alarm = undefined;
      this.#report(error);
    });
  }

  /** The heartbeat must go on: theirs is asked for again next time. */
  async #tryTheirs(): Promise<number | null> {
    try {
      return await this.#loadTheirs();
    } catch (error) {
      this.#report(error);
      return null;
    }
  }

  async #loadTheirs(): Promise<number | null> {
    if (this.#theirs !== undefined) return this.#theirs;
    const kept = await this.#storage.get(KEY);
    this.#theirs ??= typeof kept === "number" ? kept : null;
    return this.#theirs;
  }

  // --- the application's side ----------------------------------------------------------------------

  #takeOver(): void {
    const methods = {
      getAlarm: () => this.#loadTheirs(),
      setAlarm: (time: number | Date) => this.#setTheirs(Number(time)),
      deleteAlarm: () => this.#deleteTheirs(),
      deleteAll: () => this.#deleteAll(),
    };
    for (const [name, value] of Object.entries(methods)) {
      Object.defineProperty(this.#storage, name, { value, configurable: true, writable: true });
    }
  }

  async #setTheirs(time: number): Promise<void> {
    if (!Number.isFinite(time)) throw new TypeError("setAlarm() needs a time");
    this.#theirs = time;
    const kept = this.#storage.put(KEY, time);
    this.#arm();
    await kept;
  }

  async #deleteTheirs(): Promise<void> {
    this.#theirs = null;
    const kept = this.#storage.delete(KEY);
    if (this.#deadline === null && this.#alarm !== null) {
      this.#alarm = null;
      await this.#platform.deleteAlarm();
    }
    await kept;
  }

  async #deleteAll(): Promise<void> {
    this.#theirs = null;
    await this.#platform.deleteAll();
    // With newer compatibility dates the alarm is gone with the rest.
    this.#alarm = undefined;
    this.#arm();
  }
}
