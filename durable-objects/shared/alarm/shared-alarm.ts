/**
 * An object has one alarm, which the application and the library share. The application goes on using
 * `storage.setAlarm`, `getAlarm` and `deleteAlarm`, which mean its own alarm. The platform's alarm is set for whichever
 * comes first, and when it goes off, `handleAlarm` finds out whose it is.
 *
 * As long as the platform's alarm is the application's, nothing else is stored, so it costs nothing more. When the
 * library's comes first, a *note* in the storage says when the application's is due. A note is void once the
 * platform's alarm is set for a later time than it says: the application's has gone off then.
 *
 * While the application's alarm runs, or has failed and is to be tried again, the platform's alarm is
 * the application's alone, so that retries, their pauses and their number are the platform's own. A
 * timer does our work meanwhile.
 *
 * What is remembered of the platform's alarm may be wrong by the next event. If the remembered time is past, the
 * platform is asked.
 *
 * A write delays what is sent after it. So the first alarm of an object is not set at once, between the first frames
 * of its first client, unless it is due soon. A timer keeps the object awake until it is set. If the process dies
 * before, so do the connections, and no alarm is needed.
 */
import { Timer } from "../../../glue/common/timers.ts";
import { COMMIT_TIME } from "../../../glue/engine/host/batched-storage.ts";
import { DeadlineTimer } from "../platform/deadline-timer.ts";
import { Deadlines } from "../platform/deadlines.ts";
import { now } from "../platform/host-basics.ts";
import { bound } from "../platform/replaced-methods.ts";
import type { FencedStorage } from "../storage/own-storage.ts";
import { AlarmNote, NOT_SET } from "./alarm-note.ts";
import type { TransactionView } from "./alarm-transaction.ts";
import { type AlarmStorage, takeOverAlarms } from "./application-alarms.ts";

/** What the platform passes to `alarm()`. PartyKit passes nothing. */
export interface AlarmDetails {
  /** The time that the alarm was set for, also when it is tried again. Milliseconds since the epoch. */
  readonly scheduledTime?: number;
}

export interface AlarmSettings {
  storage: AlarmStorage;
  /** Where the note is kept. */
  own: FencedStorage;
  /** Whether the application has an alarm handler. Without one it cannot set any, as everywhere. */
  hasHandler: boolean;
  /** Whether the platform passes an `AlarmDetails`. */
  tellsTime: boolean;
  /** Gets what the storage and owners of deadlines throw. */
  report: (error: unknown) => void;
  /** Called before the application changes its alarm, so that deadlines that are not set yet are set. */
  beforeChange?: () => void;
  /** See `Host.afterAnswer`. */
  afterAnswer?: (run: () => void) => void;
  /** The name of the deadline that is of no use once the process is gone, if there is one. */
  fleeting?: string;
  /** Called when the delayed first alarm is set, and no longer keeps the object awake. */
  onSettled?: (() => void) | undefined;
}

/** How long the alarm waits for the first frames to be sent, in milliseconds. */
const DELAY = 50;
/** An alarm that is due sooner does not wait, in milliseconds. */
const SOON = 2_000;

/** To whom the platform's alarm belongs. */
type Turn =
  /** To both: it is set for whichever comes first. */
  | "shared"
  /** It goes off, and the server is still to be started. The platform reports no alarm. */
  | "going off"
  /** The application's alarm runs. */
  | "running"
  /** To the application: its handler failed, and the platform will try again. */
  | "owed";

export class SharedAlarm {
  /** What we wait for. */
  readonly deadlines: Deadlines;
  readonly #settings: AlarmSettings;
  #hasHandler: boolean;
  #platform: Pick<AlarmStorage, "getAlarm" | "setAlarm" | "deleteAlarm">;
  /** Rings deadlines while the platform's alarm is the application's alone. */
  readonly #timer = new DeadlineTimer(() => this.#handleTimer());
  #turn: Turn = "shared";
  /** When the library's part is due. */
  #deadline: number | null = null;
  /** When the application's alarm is due. Undefined: not read yet. */
  #applicationAlarm: number | null | undefined;
  /** What the platform's alarm is set for. Undefined: not read yet. */
  #alarm: number | null | undefined;
  readonly #note: AlarmNote;
  /** The platform drops an alarm that is set for the very time that is being handled. */
  #earliest = 0;
  #isAsking = false;
  #isRinging = false;
  /** Delays the first alarm. */
  readonly #delay = new Timer();
  /** Whether the next alarm may be for a deadline from before a sleep, which its owner has set again since. */
  #isInherited = false;

  constructor(settings: AlarmSettings) {
    const { storage, own, hasHandler } = settings;
    this.#settings = settings;
    this.#hasHandler = hasHandler;
    this.deadlines = new Deadlines((earliest) => this.#schedule(earliest), settings.report);
    this.#platform = bound(storage, ["getAlarm", "setAlarm", "deleteAlarm"]);
    if (!hasHandler) this.#applicationAlarm = null;
    this.#note = new AlarmNote(own, settings.report);
    takeOverAlarms(storage, {
      get: (options) => this.#getApplicationAlarm(options),
      set: (time, options) => this.#setApplicationAlarm(time, options),
      delete: (options) => this.#deleteApplicationAlarm(options),
      recover: () => this.#recover(),
      commit: (view) => this.#commit(view),
      remember: () => this.#remember(),
      // Without SQLite, what is done beside the transaction's own methods is no part of it.
      isWithinTransactions: !own.isLate,
    });
  }

  /** The application has an alarm handler after all. To be called before anything is armed. */
  handleApplicationAlarms(): void {
    if (this.#hasHandler) return;
    this.#hasHandler = true;
    this.#applicationAlarm = undefined;
  }

  /** The object woke up, with connections from before a sleep. */
  noteWake(): void {
    this.#isInherited = true;
  }

  /** The platform's alarm went off; `handleAlarm` will be called once the server has started. */
  noteGoingOff(): void {
    this.#turn = "going off";
  }

  /**
   * The platform's alarm went off. `ringApplication` calls the application's handler, called if it is due. What that throws
   * is thrown, and the platform tries again.
   */
  async handleAlarm(info: AlarmDetails | undefined, ringApplication: () => unknown): Promise<void> {
    const scheduled = info?.scheduledTime ?? this.#alarm ?? undefined;
    this.#timer.schedule(null);
    this.#applicationAlarm = this.#readApplicationAlarm(scheduled);
    this.#alarm = null;
    this.#turn = "shared";
    this.#earliest = (scheduled ?? 0) + 1;
    const time = now();
    this.#ring(() => {
      if (this.#isInherited) this.deadlines.ringAll(time);
      else this.deadlines.ring(time);
    });
    this.#isInherited = false;
    // Read only now: a deadline that rang may have set it.
    const due = this.#applicationAlarm;
    if (due === null || due > time) {
      this.#arm();
      return;
    }
    this.#earliest = Math.max(this.#earliest, due + 1);
    this.#applicationAlarm = null;
    this.#turn = "running";
    this.#arm();
    try {
      await ringApplication();
    } catch (error) {
      this.#turn = "owed";
      this.#applicationAlarm = this.#alarm = undefined;
      this.#arm();
      throw error;
    }
    this.#turn = "shared";
    this.#arm();
  }

  // --- the platform's alarm --------------------------------------------------------------------------

  /** An alarm that is set already is never put off or deleted: it does no harm. */
  #schedule(deadline: number | null): void {
    this.#deadline = deadline;
    if (this.#isRinging) return;
    if (this.#canWait()) this.#armSoon();
    else this.#arm();
  }

  #canWait(): boolean {
    const { fleeting } = this.#settings;
    if (fleeting === undefined || !this.deadlines.isOnly(fleeting)) return false;
    // After a sleep there is an alarm.
    if (this.#turn !== "shared" || this.#alarm != null || this.#isInherited) return false;
    return this.#deadline !== null && this.#deadline - now() >= SOON;
  }

  #armSoon(): void {
    this.#delay.set(() => {
      this.#arm();
      // A timer's write is committed a little later, and lost if the object is evicted before.
      setTimeout(() => this.#settings.onSettled?.(), COMMIT_TIME);
    }, DELAY);
  }

  /** Whether a timer keeps the object awake until its alarm is set. */
  get isWaiting(): boolean {
    return this.#delay.isSet;
  }

  /** Something else is being written: the delayed first alarm is written with it. */
  noteWrite(): void {
    if (this.#delay.isSet) this.#arm();
  }

  #arm(): void {
    this.#delay.stop();
    if (this.#turn !== "shared") {
      this.#timer.schedule(this.#deadline);
      return;
    }
    // The timer that stood in for the alarm would keep the object awake.
    this.#timer.schedule(null);
    const wanted = earlier(this.#deadline, this.#applicationAlarm ?? null);
    if (wanted === null) return;
    if (this.#alarm === undefined || this.#applicationAlarm === undefined || isPast(this.#alarm))
      this.#ask();
    else if (this.#alarm === null || this.#alarm > wanted) this.#set(wanted);
  }

  #set(time: number): Promise<void> {
    const at = Math.max(time, this.#earliest);
    this.#noteFor(at);
    this.#alarm = at;
    this.#settings.own.noteRow();
    // What is sent need not wait until the alarm is on disk.
    return this.#platform.setAlarm(at, { allowUnconfirmed: true }).catch((error) => {
      this.#alarm = undefined;
      this.#settings.report(error);
      this.#timer.schedule(this.#deadline);
    });
  }

  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const before = this.#alarm;
    const platform = this.#platform;
    // Not before the answer of an event that woke the object: it has an alarm already.
    const afterAnswer = this.#isInherited ? this.#settings.afterAnswer : undefined;
    new Promise<void>((resolve) => (afterAnswer ? afterAnswer(resolve) : resolve()))
      .then(() => platform.getAlarm())
      .then(
        (alarm) => {
          this.#isAsking = false;
          if (this.#turn === "shared" && this.#alarm === before) this.#learn(alarm);
          this.#arm();
        },
        (error) => {
          this.#isAsking = false;
          this.#settings.report(error);
          this.#timer.schedule(this.#deadline);
        },
      );
  }

  /** What the platform says of its alarm. */
  #learn(alarm: number | null): void {
    // Without a handler the application has no alarm, and there is no note.
    if (
      this.#hasHandler &&
      (this.#applicationAlarm === undefined || this.#note.read() === undefined)
    ) {
      this.#applicationAlarm = this.#readApplicationAlarm(alarm);
    }
    this.#alarm = alarm;
    if (isPast(alarm)) this.#turn = "owed";
  }

  #handleTimer(): void {
    this.#ring(() => this.deadlines.ring(now()));
    // The platform may have given up, or been told otherwise.
    if (this.#turn === "owed") {
      this.#turn = "shared";
      this.#alarm = undefined;
    }
    this.#arm();
  }

  #ring(ring: () => void): void {
    this.#isRinging = true;
    ring();
    this.#isRinging = false;
  }

  // --- the note --------------------------------------------------------------------------------------

  /**
   * When the application's alarm is due, if the platform's is or was set for this time (undefined: it
   * went off, and did not tell).
   */
  #readApplicationAlarm(alarm: number | null | undefined): number | null {
    if (!this.#hasHandler) return null;
    const note = this.#note.read();
    if (note === undefined) return alarm === undefined ? 0 : alarm;
    if (note === NOT_SET || alarm === null) return null;
    if (this.#applicationAlarm !== undefined) return this.#applicationAlarm;
    return alarm === undefined || note >= alarm ? note : null;
  }

  /** Writes or deletes the note, as it has to be when the platform's alarm is set for this time. */
  #noteFor(alarm: number): void {
    if (!this.#hasHandler) return;
    const applicationAlarm = this.#applicationAlarm ?? null;
    const note = this.#note.read();
    if (note === undefined) {
      if (alarm !== applicationAlarm) this.#note.write(applicationAlarm ?? NOT_SET);
      return;
    }
    const isSpent = note === NOT_SET || (this.#settings.tellsTime && note < alarm);
    if (applicationAlarm === null ? isSpent : note === applicationAlarm) return;
    this.#note.write(alarm === applicationAlarm ? undefined : (applicationAlarm ?? NOT_SET));
  }

  // --- the application's side ------------------------------------------------------------------------

  async #getApplicationAlarm(options?: object): Promise<number | null> {
    if (this.#turn === "running") return this.#applicationAlarm ?? null;
    if (this.#applicationAlarm === undefined || this.#alarm === undefined || isPast(this.#alarm)) {
      const alarm = await this.#platform.getAlarm(options);
      if (this.#applicationAlarm === undefined || this.#note.read() === undefined) {
        return this.#readApplicationAlarm(alarm);
      }
    }
    return this.#applicationAlarm;
  }

  async #setApplicationAlarm(given: number | Date, options?: object): Promise<void> {
    // Called by a constructor: a handler that is a field is known right behind it.
    if (!this.#hasHandler) await undefined;
    if (!this.#hasHandler) {
      throw new Error(
        "dormouse: setAlarm() needs an alarm handler: alarm() in the class, or setup's onAlarm()",
      );
    }
    this.#settings.beforeChange?.();
    const time = Math.max(Math.floor(Number(given)), now());
    // Not a time: the platform's own error says so.
    if (!Number.isFinite(time) || Number(given) <= 0)
      return this.#platform.setAlarm(given, options);
    const wasApplications = this.#note.read() === undefined || this.#turn !== "shared";
    this.#applicationAlarm = time;
    if (this.#turn === "owed") this.#turn = "shared";
    const isFirst = this.#deadline === null || time <= this.#deadline || this.#turn === "running";
    if (isFirst) {
      this.#noteFor(time);
      this.#alarm = time;
      return this.#platform.setAlarm(given, options);
    }
    const at = this.#deadline as number;
    if (wasApplications || this.#alarm == null || isPast(this.#alarm) || this.#alarm > at) {
      return this.#set(at);
    }
    this.#noteFor(this.#alarm);
  }

  async #deleteApplicationAlarm(options?: object): Promise<void> {
    this.#settings.beforeChange?.();
    const wasApplications = this.#note.read() === undefined || this.#turn !== "shared";
    this.#applicationAlarm = null;
    if (this.#turn === "owed") this.#turn = "shared";
    if (wasApplications) {
      this.#alarm = null;
      const deleted = this.#platform.deleteAlarm(options);
      this.#arm();
      return deleted;
    }
    this.#noteFor(this.#alarm ?? 0);
  }

  /** The storage was emptied or rolled back. With newer compatibility dates the alarm is gone, too. */
  async #recover(): Promise<void> {
    const alarm = await this.#platform.getAlarm();
    if (alarm === null) this.#applicationAlarm = this.#hasHandler ? null : this.#applicationAlarm;
    if (this.#turn === "running") return;
    this.#turn = "shared";
    this.#alarm = alarm;
    if (alarm !== null) this.#noteFor(alarm);
    this.#arm();
  }

  /** Applies what a transaction did to the application's alarm, still within the transaction. */
  async #commit({ alarm, platform }: TransactionView): Promise<void> {
    if (alarm === undefined) return;
    const before = this.#platform;
    this.#platform = platform;
    const done = alarm === null ? this.#deleteApplicationAlarm() : this.#setApplicationAlarm(alarm);
    this.#platform = before;
    await done;
  }

  /** Returns a function that restores what is remembered here, for a transaction that is rolled back. */
  #remember(): () => void {
    const applicationAlarm = this.#applicationAlarm;
    const note = this.#note.read();
    return () => {
      this.#applicationAlarm = applicationAlarm;
      this.#alarm = undefined;
      this.#note.putBack(note);
      this.#arm();
    };
  }
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** Whether an alarm should have gone off by now. */
function isPast(alarm: number | null | undefined): boolean {
  return alarm != null && alarm <= now();
}
