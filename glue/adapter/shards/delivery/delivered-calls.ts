/**
 * Remembers which calls were performed, so that none is performed twice: a call that failed is made again although it
 * may have arrived, and may come late by another way. Remembered are the last numbers of each sending shard and
 * channel, and the last ids of emitters' calls, which have no numbers. A call older than all of these may have been
 * performed or not: it is refused with an error, which its sender reports.
 */
import { MAX_ANSWERS, PerformedCalls, trim } from "../../calls/performed-calls.ts";
import type { Origin } from "../messages/shard-messages.ts";

/**
 * How many ranges of numbers are remembered for each channel. If all its calls come here, they are one range. If every
 * other call goes elsewhere, each is a range, so a call may be late by so many performed calls.
 */
const MAX_RANGES = 128;
/** How many starts of a shard's object are told apart: calls from before a restart may come behind those after it. */
const MAX_LIVES = 4;

/** The performed calls of a channel. There are many channels, so it is one list of numbers. */
class Numbers {
  /** The first and the last number of each range of performed calls. The lowest range first; no two touch. */
  readonly #bounds: number[] = [];
  /** Which calls up to this number were performed is not known any more, unless a range has them. */
  #forgotten = 0;

  /** The highest number that was performed. */
  get last(): number {
    return this.#bounds.at(-1) ?? 0;
  }

  /** Whether the call with this number was performed; undefined if that is not known any more. */
  has(number: number): boolean | undefined {
    const at = this.#rangeBelow(number);
    if (at >= 0 && number <= (this.#bounds[at + 1] as number)) return true;
    return number <= this.#forgotten ? undefined : false;
  }

  /** Notes a call as performed. `has` must have said that it was not. */
  add(number: number): void {
    const bounds = this.#bounds;
    const below = this.#rangeBelow(number);
    const above = below + 2;
    const isBehind = below >= 0 && bounds[below + 1] === number - 1;
    const isBefore = bounds[above] === number + 1;
    if (isBehind && isBefore) bounds.splice(below + 1, 2);
    else if (isBehind) bounds[below + 1] = number;
    else if (isBefore) bounds[above] = number;
    else bounds.splice(above, 0, number, number);
    if (bounds.length <= 2 * MAX_RANGES) return;
    const [, last] = bounds.splice(0, 2);
    this.#forgotten = last as number;
  }

  /** The index of the last range that begins with this number or a lower one; -2 if there is none. */
  #rangeBelow(number: number): number {
    let at = this.#bounds.length - 2;
    while (at >= 0 && (this.#bounds[at] as number) > number) at -= 2;
    return at;
  }
}

export class DeliveredCalls {
  /** By shard, life (the last ones of each shard) and channel. */
  readonly #lives = new Map<number, Map<string, Map<number, Numbers>>>();
  readonly #answers = new Map<string, unknown>();
  readonly #ofEmitters = new PerformedCalls();

  /** Whether a call, or a later one of its channel, was performed. */
  isBehind(origin: Origin): boolean {
    const { shard, life, isEmitters, channel, number } = origin;
    if (isEmitters) return this.#ofEmitters.has(keyOf(origin));
    return number <= (this.#lives.get(shard)?.get(life)?.get(channel)?.last ?? 0);
  }

  /**
   * Runs a new call, and returns its result. Returns undefined for one that was performed already. Throws an Error for
   * one that is too old to know.
   */
  once(origin: Origin, run: () => unknown): unknown {
    if (origin.isEmitters) return this.#ofEmitters.once(keyOf(origin), run);
    return this.#isNew(origin) ? run() : undefined;
  }

  /**
   * The same for a call whose result is waited for. Returns the earlier result of one that was performed already, and
   * throws an Error if that was not kept.
   */
  ask(origin: Origin, run: () => unknown): unknown {
    const key = keyOf(origin);
    if (origin.isEmitters) return this.#ofEmitters.ask(key, run);
    if (!this.#isNew(origin)) {
      if (!this.#answers.has(key)) throw new Error("its answer is kept no more");
      return this.#answers.get(key);
    }
    const result = run();
    trim(this.#answers.set(key, result), MAX_ANSWERS);
    return result;
  }

  /** Notes a call as performed, and returns whether it was not performed before. */
  #isNew(origin: Origin): boolean {
    const { number } = origin;
    const numbers = this.#numbersOf(origin);
    const has = numbers.has(number);
    if (has === undefined) throw new Error("it came too late to know whether it was performed");
    if (!has) numbers.add(number);
    return !has;
  }

  #numbersOf({ shard, life, channel }: Origin): Numbers {
    const lives = this.#lives.get(shard) ?? new Map<string, Map<number, Numbers>>();
    this.#lives.set(shard, lives);
    let channels = lives.get(life);
    if (channels === undefined) {
      channels = new Map();
      trim(lives.set(life, channels), MAX_LIVES);
    }
    const known = channels.get(channel);
    if (known !== undefined) return known;
    const numbers = new Numbers();
    channels.set(channel, numbers);
    return numbers;
  }
}

function keyOf({ shard, life, channel, number }: Origin): string {
  return `${shard} ${life} ${channel} ${number}`;
}
