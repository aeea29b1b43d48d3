/**
 * Looking through everything before the object may sleep. Whoever has a socket may change it in any event, another
 * client's too, and nobody tells; so after each turn everything is looked at once more, and what no clone would have
 * is searched for (hidden-properties.ts). When:
 * - at the end of the turn itself, as long as that is little: a server of a few clients, at the pace of people, is
 *   always up to date, and needs no timer;
 * - otherwise in the first quiet moment: when there was no turn for `QUIET` milliseconds, or longer where there is
 *   much to look at, so that this never takes more than a small share of the time. If it never gets quiet,
 *   `OVERDUE` milliseconds after the first turn. Seldom, for a busy server has nothing of it in its caches: a look
 *   takes many times as long as in a quiet moment. The longer it waits already, the less often it asks.
 *
 * The timer keeps the object awake that long, and no longer: the platform puts an object to sleep that was idle for ten
 * seconds, so everything is looked at before each sleep. Looking goes on in small parts, between which events come.
 */

import { Timer } from "../../common/timers.ts";
import { PARTS_PER_MILLISECOND } from "./look-intervals.ts";

/** How long there has to be no turn, in milliseconds. */
const QUIET = 20;
/** How long it waits for that at the most, in milliseconds: well below the ten seconds after which an idle object sleeps. */
const OVERDUE = 5_000;
/** How long it waits at most, in milliseconds, before it asks again whether it is quiet. */
const LONGEST_PAUSE = 200;
/** So much is looked at before others may run. It takes well below a millisecond. */
const AT_A_TIME = 1_000;
/** So much, at most, is looked at in turns without a break. */
const ALLOWANCE = 256;
/**
 * What a millisecond adds to that: half a percent of the time at most. It is much because a timer costs more than a look at
 * two hundred sockets, and keeps the object from sleeping meanwhile.
 */
const ALLOWED_PER_MILLISECOND = 5;

export interface SweepSettings {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Looks at everything, one after the other; yields how much each was. */
  everything: () => Iterator<number, void>;
  /** Called when the looking pauses, or is done, out of turns. */
  onPause: () => void;
}

export class Sweep {
  readonly #settings: SweepSettings;
  /** What is being looked at. */
  #running: Iterator<number, void> | undefined;
  readonly #timer = new Timer();
  /** Whether there was a turn since the timer was set. */
  #isTouched = false;
  /** When it was set for the first time since everything was looked at. */
  #waitsSince = 0;
  /** How much there was to look at the last time. */
  #size = 0;
  /** How much was looked at by the one that is running. */
  #looked = 0;
  #allowance = ALLOWANCE;
  #allowedAt = 0;

  constructor(settings: SweepSettings) {
    this.#settings = settings;
  }

  /** Whether a timer keeps the object awake. */
  get isWaiting(): boolean {
    return this.#timer.isSet;
  }

  /** A turn is over, in which anything may have changed. What is looked at now is to be saved with it. */
  noteTurn(): void {
    if (this.#timer.isSet) {
      this.#isTouched = true;
      return;
    }
    const now = this.#settings.now();
    this.#allow(now);
    if (this.#size <= this.#allowance) {
      this.#lookAt(this.#allowance);
      this.#allowance -= this.#looked;
      if (this.#running === undefined) return;
    }
    this.#waitsSince = now;
    this.#wait(this.#pause);
  }

  /** There is nothing to look at any more. */
  stop(): void {
    this.#timer.stop();
    this.#running = undefined;
  }

  #allow(now: number): void {
    // A clock that was set back adds nothing.
    const passed = Math.max(0, now - this.#allowedAt);
    this.#allowance = Math.min(ALLOWANCE, this.#allowance + passed * ALLOWED_PER_MILLISECOND);
    this.#allowedAt = now;
  }

  get #pause(): number {
    return Math.max(QUIET, this.#size / PARTS_PER_MILLISECOND);
  }

  #wait(milliseconds: number): void {
    this.#isTouched = false;
    this.#timer.set(() => this.#goOn(), milliseconds);
  }

  #goOn(): void {
    const pause = this.#pause;
    const now = this.#settings.now();
    const waited = now < this.#waitsSince ? OVERDUE : now - this.#waitsSince;
    if (this.#isTouched && this.#running === undefined && waited < Math.max(OVERDUE, pause)) {
      this.#wait(Math.max(pause, Math.min(waited, LONGEST_PAUSE)));
      return;
    }
    const wasTouched = this.#isTouched && this.#running !== undefined;
    this.#lookAt(AT_A_TIME);
    this.#settings.onPause();
    if (this.#running !== undefined) {
      this.#wait(0);
      this.#isTouched = wasTouched;
    } else if (wasTouched) {
      // Behind what was looked at already.
      this.#waitsSince = now;
      this.#wait(pause);
    }
  }

  /** Looks at so much, and is over (nothing is running) if that was everything. */
  #lookAt(most: number): void {
    if (this.#running === undefined) {
      this.#running = this.#settings.everything();
      this.#looked = 0;
    }
    for (let looked = 0; looked < most; ) {
      const { done, value } = this.#running.next();
      if (done) {
        this.#size = this.#looked;
        this.#running = undefined;
        return;
      }
      looked += value;
      this.#looked += value;
    }
  }
}
