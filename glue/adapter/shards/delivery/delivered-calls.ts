/**
 * Remembers which calls were performed: a call that failed is made again, though it may have arrived, and by another
 * way it may come late. Of each shard that sends, and each channel, the numbers of the calls that were performed last
 * are remembered. What is older than all of these may have been performed or not: it is refused with an error, which
 * its sender reports. Of emitters' calls, which have no numbers, the last ids are remembered.
 */
import { MAX_ANSWERS, PerformedCalls, trim } from "../../calls/performed-calls.ts";
import type { Origin } from "../messages/shard-messages.ts";

/**
 * So many ranges of numbers are remembered for each channel. Where all calls of a channel come here, they are one
 * range; where every other goes elsewhere, a call may still be so many performed calls late.
 */
const MAX_RANGES = 128;
/** So many starts of a shard's object are told apart: what its last life has sent may come behind this one's calls. */
const MAX_LIVES = 4;

/** What is known of a channel's calls. There are many channels, so it is one list of numbers. */
class Numbers {
  /** Of each range of numbers that were performed, its first and its last. The lowest first; no two of them touch. */
  readonly #bounds: number[] = [];
  /** Up to this number it is not known any more what was performed. */
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

  /** Notes one that `has` says was not performed. */
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

  /** Where the last range is that begins with this number or a lower one; -2 if there is none. */
  #rangeBelow(number: number): number {
    let at = this.#bounds.length - 2;
    while (at >= 0 && (this.#bounds[at] as number) > number) at -= 2;
    return at;
  }
}

export class DeliveredCalls {
  /** By shard, life and channel, as far as calls came from there; of each shard the lives that were heard of last. */
  readonly #lives = new Map<number, Map<string, Map<number, Numbers>>>();
  readonly #answers = new Map<string, unknown>();
  readonly #ofEmitters = new PerformedCalls();

  /** Whether a call was performed, or a later one of its channel was. */
  isBehind(origin: Origin): boolean {
    const { shard, life, isEmitters, channel, number } = origin;
    if (isEmitters) return this.#ofEmitters.has(keyOf(origin));
    return number <= (this.#lives.get(shard)?.get(life)?.get(channel)?.last ?? 0);
  }

  /**
   * Runs a new call, and returns its result; of one that was performed already, undefined. Throws an Error for one
   * that is so old that nobody knows.
   */
  once(origin: Origin, run: () => unknown): unknown {
    if (origin.isEmitters) return this.#ofEmitters.once(keyOf(origin), run);
    return this.#isNew(origin) ? run() : undefined;
  }

  /**
   * The same for a call whose result is waited for. Of one that was performed already, returns the result that it had;
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

  /** Whether a call was not performed. It is noted as performed then. */
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
