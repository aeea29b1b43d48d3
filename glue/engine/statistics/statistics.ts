/**
 * What a server counts of itself for `io.stats()`: what came, when it slept, what woke it. Where the object sleeps,
 * the host keeps the counts after each event, or once a second if there are many, with a client's WebSocket: that
 * costs no write. The object does not notice when it falls asleep. That time is worked out from the last event
 * before it and from how long the platform waits after an event.
 */

import { inMicrotask } from "../../common/microtasks.ts";
import {
  CAUSES,
  type Counts,
  isOfThisVersion,
  NO_WAKES,
  NOTHING,
  readCounts,
  readWakes,
  type WakeCause,
  type Wakes,
} from "./counts.ts";

export type { WakeCause } from "./counts.ts";

/** The platform lets the object sleep after so many milliseconds without events. */
const FALLS_ASLEEP_AFTER = 10_000;

/** What `wake` listeners of the engine get: an object's sleep is over. */
export interface WakeEvent {
  /** What woke the object. */
  readonly cause: WakeCause;
  /** How long it slept, in milliseconds. */
  readonly slept: number;
  /** How long it was awake before that, in milliseconds. */
  readonly awake: number;
  /** How often the same woke it lately, per hour: `wakesPerHour` of `io.stats()`. */
  readonly perHour: number;
}

/**
 * How often the counts are kept: after each event while events are few, and once in `PAUSE` milliseconds while they
 * are many. Keeping reads and writes a WebSocket's attachment: a tenth of what a message costs that comes alone.
 */
const FEW = 20;
const PAUSE = 1_000;
/** An event that comes more than so many milliseconds after the start is not what woke the object. */
const WOKEN_WITHIN = 1_000;
const HOUR = 3_600_000;

/** The counts that are summed when parts are added up; rows are too, but elsewhere. */
const SUMS = ["held", "messages", "requests", "alarms"] as const;

/** What statistics need to know of its server. */
export interface StatisticsOwner {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rows written since the object woke. */
  rowsWritten(): number;
  /** Whether something that a sleep would lose keeps the object awake. */
  isHeld(): boolean;
  /** Whether a turn is under way, with the end of which the counts are kept. */
  isInTurn(): boolean;
  /**
   * Keeps the counts where no write is needed: see `Host.saveCounts`. Undefined where nothing outlives memory, or
   * nothing has to.
   */
  keep: ((counts: readonly number[], saveOthers?: () => void) => boolean) | undefined;
  /** Calls `run` once the event that has woken the object is answered, or soon. */
  afterAnswer(run: () => void): void;
  /** Hears of each sleep that is over, soon after the event that has ended it. */
  onWake: (wake: WakeEvent) => void;
}

/** The part of `Statistics` that is told what happens. */
export type Counting = Omit<Statistics, "counts" | "wakes" | "wakesPerHour">;

export class Statistics {
  readonly #place: StatisticsOwner;
  readonly #counts: Counts;
  /** Wakes in all, in the hour of the last event, and in the hour before. */
  #wakes: readonly [Wakes, Wakes, Wakes] = [{ ...NO_WAKES }, { ...NO_WAKES }, { ...NO_WAKES }];
  /** Rows of earlier wakes. */
  #rowsBefore = 0;
  /** Whether events may come. */
  isStarted = false;
  #isRinging = false;
  /** Whether the counts have to be kept with the next turn, however recently they were kept. */
  #isDue = false;
  /** Keeping waits until the first event since the start is answered, unless a newcomer's snapshot takes it along. */
  #isWaiting = false;
  /** Whether the counts are about to be kept by a microtask, as no turn is under way whose end would keep them. */
  #isComing = false;
  /** Whether turns are few, so that the counts are kept with each. As of the last time that they were kept. */
  #isFew = true;
  #readyAt = 0;
  #keptAt = 0;
  /** How many events had come at `#keptAt`. */
  #keptCount = 0;
  /** How often the counts may be kept now without a pause. */
  #allowance = FEW;
  /** How long it was awake before it slept. */
  #awakeBefore = 0;
  /** Whether it is known that the object has slept. */
  #hasSlept = false;
  /** Counts from before a sleep that are not added yet, so that the event that woke the object is answered first. */
  #earlier: (readonly number[])[] = [];

  constructor(place: StatisticsOwner) {
    this.#place = place;
    const now = place.now();
    this.#counts = { ...NOTHING, startedAt: now, wokeAt: now, lastAt: now };
  }

  /** The counts as they are now. */
  get counts(): Readonly<Counts> {
    this.#addEarlier();
    this.#update(this.#place.now());
    return this.#counts;
  }

  /** How often each cause has ended a sleep. */
  get wakes(): Readonly<Wakes> {
    this.#addEarlier();
    return this.#wakes[0];
  }

  /** The same per hour, as of the last time that the counts were asked for or kept. */
  get wakesPerHour(): Readonly<Wakes> {
    this.#addEarlier();
    const { startedAt, lastAt, hour } = this.#counts;
    const [, current, last] = this.#wakes;
    const hours = Math.max(1, (lastAt - startedAt) / HOUR - Math.max(0, hour - 1));
    const rates: Wakes = { ...NO_WAKES };
    for (const cause of CAUSES) rates[cause] = (current[cause] + last[cause]) / hours;
    return rates;
  }

  // --- what happens ----------------------------------------------------------------------------------

  noteMessage(): void {
    this.#counts.messages += 1;
    if (this.#counts.isUnexplained) this.explain("message");
  }

  noteRequest(): void {
    this.#counts.requests += 1;
    if (this.#counts.isUnexplained) this.explain("request");
  }

  /** The platform's alarm goes off. `handle` calls `noteTimer` if it is the application's. */
  noteAlarm<T>(handle: () => T): T {
    this.#counts.alarms += 1;
    this.#isRinging = true;
    try {
      return handle();
    } finally {
      this.#isRinging = false;
      if (this.#counts.isUnexplained) this.explain("heartbeat");
    }
  }

  /** An alarm or a timer of the application's is due. */
  noteTimer(): void {
    if (this.#counts.isUnexplained) this.explain("alarm");
  }

  noteClose(): void {
    if (this.#counts.isUnexplained) this.explain("close");
  }

  /** Something happened. If it is the first since the object woke, it is what woke it. */
  explain(first: WakeCause): void {
    const counts = this.#counts;
    if (!counts.isUnexplained || !this.isStarted) return;
    const cause = this.#place.now() - this.#readyAt > WOKEN_WITHIN ? "call" : first;
    counts.isUnexplained = 0;
    this.#countWake(cause);
    this.#isDue = true;
    this.#place.afterAnswer(() => {
      if (this.#isDue) this.endTurn();
      const perHour = this.wakesPerHour[cause];
      const slept = counts.napEndedAt - counts.napStartedAt;
      this.#place.onWake({ cause, slept, awake: this.#awakeBefore, perHour });
    });
  }

  #countWake(cause: WakeCause): void {
    const [all, current] = this.#wakes;
    all[cause] += 1;
    current[cause] += 1;
  }

  /** Events may come now. */
  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    this.#readyAt = this.#place.now();
    this.#isWaiting = this.#isDue = true;
    this.#place.afterAnswer(() => {
      this.#isWaiting = false;
      if (this.#isDue) this.#keep(this.#place.now());
    });
  }

  /** A turn is over, that began `now`. `saveClients` saves what changed of clients, which may take the counts along. */
  endTurn(now = this.#place.now(), saveClients?: () => void): void {
    const { keep } = this.#place;
    // Where turns are many, most of them keep no counts, and need not ask before.
    if (saveClients !== undefined && keep !== undefined && this.#isFew && this.#isWanted(now)) {
      this.#keptAt = now;
      this.#isDue = false;
      const counts = this.take();
      const isKept = keep(counts, saveClients);
      // Something may have been counted meanwhile.
      if (this.#isDue || !this.#isSame) this.#keep(now);
      else if (!isKept) this.#keep(now, counts);
      return;
    }
    saveClients?.();
    if (this.#isWanted(now)) this.#keep(now);
  }

  get #isSame(): boolean {
    return this.#place.isHeld() === (this.#counts.isHeld === 1);
  }

  /** Whether the counts are to be kept with this turn. */
  #isWanted(now: number): boolean {
    if (this.#place.keep === undefined || !this.isStarted) return false;
    const isWaking = this.#isWaiting && this.#hasSlept;
    if (!isWaking) this.#addEarlier();
    // Everything that clients do would be noted by now: a method was called.
    if (this.#counts.isUnexplained && !this.#isRinging) this.explain("call");
    if (isWaking) return false;
    // A clock that was set back counts as one that went on.
    const earned = Math.abs(now - this.#keptAt) / PAUSE;
    const isMany = this.#allowance + earned < 1;
    const { messages, requests, alarms } = this.#counts;
    const count = messages + requests + alarms;
    // One event may end several turns.
    const isKept = now === this.#keptAt && count === this.#keptCount;
    if ((isMany || isKept) && !this.#isDue && this.#isSame) return false;
    this.#keptCount = count;
    this.#allowance = Math.max(0, Math.min(FEW, this.#allowance + earned) - 1);
    this.#isFew = this.#allowance >= 1;
    return true;
  }

  /** The kept counts were lost: keeps them again at the end of the turn, or in a microtask if there is none. */
  keepSoon(): void {
    this.#isDue = true;
    if (this.#isComing || this.#place.isInTurn()) return;
    // No turn of its own: whoever writes at a turn's end, or after it, would write again, for ever.
    this.#isComing = true;
    inMicrotask(() => {
      this.#isComing = false;
      this.endTurn();
    });
  }

  /** `counts`: what `take` gave, if that was called already. */
  #keep(now: number, counts?: readonly number[]): void {
    if (this.#isWaiting) {
      this.#isDue = true;
      return;
    }
    this.#keptAt = now;
    // Before the first client there is nobody to keep it with.
    this.#isDue = this.#place.keep?.(counts ?? this.take()) === false;
  }

  // --- sleep -----------------------------------------------------------------------------------------

  /** All that there is to keep. */
  take(): number[] {
    const { counts } = this;
    return [counts, ...this.#wakes].flatMap(Object.values<number>);
  }

  /**
   * Clients were restored after a sleep, with the counts that were kept with them. Each part covers the times awake
   * that were kept with one client. May be called several times, as clients are restored, and after events have come.
   * Parts that another version has written are ignored.
   */
  comeBack(parts: readonly (readonly number[])[]): void {
    const isFirst = !this.isStarted && !this.#hasSlept;
    this.#earlier.push(...parts.filter(isOfThisVersion));
    const last = isFirst ? this.#earlier.sort(byTime).pop() : undefined;
    if (last !== undefined) this.resume(last);
    else if (!this.#hasSlept) this.#counts.isUnexplained = 1;
    this.#hasSlept = true;
    if (this.#earlier.length > 0) this.#isDue = true;
  }

  #addEarlier(): void {
    if (this.#earlier.length === 0) return;
    const parts = this.#earlier.sort(byTime);
    this.#earlier = [];
    // The latest first, because the last nap's begin is taken from the first one that is added.
    for (const part of parts.reverse()) this.#add(part);
  }

  /** Adds the counts of a time before those that are counted here, or between them. */
  #add(part: readonly number[]): void {
    const earlier = readCounts(part);
    const counts = this.#counts;
    this.#update(this.#place.now());
    // The platform waits before it lets an object sleep, unless it was put to sleep by force.
    const waited = counts.lastAt - earlier.lastAt >= FALLS_ASLEEP_AFTER ? FALLS_ASLEEP_AFTER : 0;
    const awake = timeAwake(counts) + timeAwake(earlier) + waited;
    if (counts.naps === 0) {
      counts.napStartedAt = Math.min(earlier.lastAt + waited, counts.startedAt);
      counts.napEndedAt = counts.startedAt;
    }
    counts.startedAt = Math.min(counts.startedAt, earlier.startedAt);
    counts.slept = Math.max(0, counts.lastAt - counts.startedAt - awake);
    counts.naps += earlier.naps + 1;
    for (const name of SUMS) counts[name] += earlier[name];
    this.#rowsBefore += earlier.rows;
    counts.hour = this.#hourOf(counts.lastAt);
    const passed = Math.max(0, counts.hour - this.#hourOf(earlier.lastAt));
    this.#addWakes(0, readWakes(part, 0));
    this.#addWakes(1 + passed, readWakes(part, 1));
    this.#addWakes(2 + passed, readWakes(part, 2));
    if (earlier.isUnexplained) this.#countWake("call");
  }

  /** `period`: an index of `#wakes`; hours that are longer ago are ignored. */
  #addWakes(period: number, earlier: Readonly<Record<WakeCause, number>>): void {
    const wakes = this.#wakes[period];
    if (wakes !== undefined) for (const cause of CAUSES) wakes[cause] += earlier[cause];
  }

  /** Continues from counts that were taken before a sleep. Ignores what another version has written. */
  resume(kept: readonly number[]): void {
    if (!isOfThisVersion(kept)) return;
    const counts = this.#counts;
    Object.assign(counts, readCounts(kept));
    this.#wakes.forEach((wakes, part) => {
      Object.assign(wakes, readWakes(kept, part));
    });
    if (counts.isUnexplained) this.#countWake("call");
    const now = Math.max(this.#place.now(), counts.lastAt);
    // An object that was put to sleep by force did not wait that long.
    const asleepAt = counts.lastAt + FALLS_ASLEEP_AFTER;
    counts.napStartedAt = asleepAt <= now ? asleepAt : counts.lastAt;
    counts.napEndedAt = now;
    counts.naps += 1;
    counts.slept += now - counts.napStartedAt;
    this.#awakeBefore = counts.napStartedAt - counts.wokeAt;
    counts.wokeAt = counts.lastAt = now;
    this.#turnHours();
    counts.isUnexplained = 1;
    this.isStarted = false;
    counts.isHeld = 0;
    this.#rowsBefore = counts.rows - this.#place.rowsWritten();
  }

  #update(now: number): void {
    const counts = this.#counts;
    if (counts.isHeld) counts.held += Math.max(0, now - counts.lastAt);
    counts.isHeld = Number(this.#place.isHeld());
    counts.lastAt = now;
    this.#turnHours();
    counts.rows = this.#rowsBefore + this.#place.rowsWritten();
  }

  #hourOf(time: number): number {
    return Math.floor((time - this.#counts.startedAt) / HOUR);
  }

  /** The last event may have been in another hour than those before. A clock that was set back changes nothing. */
  #turnHours(): void {
    const counts = this.#counts;
    const hour = this.#hourOf(counts.lastAt);
    const passed = hour - counts.hour;
    if (passed <= 0) return;
    const [all, current] = this.#wakes;
    this.#wakes = [all, { ...NO_WAKES }, passed === 1 ? current : { ...NO_WAKES }];
    counts.hour = hour;
  }
}

/** The order of parts: by their last event. */
function byTime(a: readonly number[], b: readonly number[]): number {
  return readCounts(a).lastAt - readCounts(b).lastAt;
}

function timeAwake({ startedAt, lastAt, slept }: Counts): number {
  return lastAt - startedAt - slept;
}
