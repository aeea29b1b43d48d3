/**
 * `io.schedule`: timers that outlive a sleep, a crash and a deploy. Each is a row in the object's storage;
 * the host has one deadline for the earliest of them. What is not due need not be in memory: a row of its
 * own (`NEXT`) says when the earliest may be, or something earlier, and all are read once one is due.
 */

import type { Any } from "../../common/any.ts";
import { describeRegistration } from "../../common/event-emitter.ts";
import { inMicrotask } from "../../common/microtasks.ts";
import { isThenable } from "../../common/values.ts";
import type { Registrant } from "../../engine/connections/registrant.ts";
import type { BatchedStorage } from "../../engine/host/batched-storage.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import { cloneOf } from "../values/buffers.ts";
import { keepableSize, NEXT, TIMERS, timerKey } from "./state-keys.ts";

/** The name of the host's deadline. */
const SCHEDULE_DEADLINE = "schedule";
/** How long an alarm waits for asynchronous handlers, in milliseconds. */
const PATIENCE = 5_000;
/** When a handler that has not settled by then is looked after, in milliseconds. */
const RETRY = 60_000;
/** Fewer are read after a sleep without asking when the earliest is due. */
const FEW = 100;

/** The names of what is scheduled, with the parameters of their handlers. */
export interface ScheduledEvents {
  [name: string]: Any;
}
type Name<Events> = keyof Events & string;
/** The arguments of a handler. */
export type ScheduledArgs<Events, Ev extends keyof Events> = 0 extends 1 & Events[Ev]
  ? Any[]
  : Events[Ev] extends (...args: infer Args) => unknown
    ? Args
    : never;

/** What is scheduled beside a name and a time. */
export interface ScheduleOptions<Args extends Any[] = Any[]> {
  /** Tells those of one name apart: one that has the same name and key is replaced. Default: `""`. */
  key?: string;
  /** What the handler is called with. Anything that can be cloned. */
  args?: Args;
}

type Options<Args extends Any[]> = [] extends Args
  ? [options?: ScheduleOptions<Args>]
  : [options: ScheduleOptions<Args> & { args: Args }];

/** As it is kept. */
interface Timer {
  name: string;
  key: string;
  /** Milliseconds since the epoch. */
  at: number;
  args: Any[];
}

/**
 * `io.schedule`: calls that are due later, and are made even if the object slept, was evicted, crashed or
 * was deployed anew meanwhile; then late, but in the order of their times, and at least once. Nothing stays
 * awake for them. Handlers are registered by name in `setup`, so that they are there whenever it is time.
 *
 * @example
 * io.schedule.on("remove player", (id) => io.data.players.delete(id));
 * io.on("connection", (socket) => {
 *   const { id } = socket.data;
 *   io.schedule.cancel("remove player", id); // is back
 *   socket.on("disconnect", () => {
 *     io.schedule.after(30_000, "remove player", { key: id, args: [id] });
 *   });
 * });
 */
export class Schedule<Events = ScheduledEvents> implements Registrant {
  readonly #runtime: Runtime;
  readonly #batch: BatchedStorage;
  readonly #waitFor: (promise: Promise<unknown>) => void;
  readonly #handlers = new Map<string, (...args: Any[]) => unknown>();
  /** All, the latest first, and such as are not valid any more; undefined as long as they are not in memory. */
  #timers: Timer[] | undefined;
  /** Whose handlers have not settled. */
  readonly #running = new Set<Timer>();
  /** Names without a handler under which something is due. */
  readonly #missing = new Set<string>();
  /** When the host will ring. */
  #deadline = Number.POSITIVE_INFINITY;
  /** Whether the deadline has to be looked for. */
  #isUnsure = false;
  #isArming = false;
  /** Once another server has taken its place: reports that this one was used. */
  #tellOfUse: ((member: string) => void) | undefined;

  /** @internal Made by the server. */
  constructor(
    runtime: Runtime,
    batch: BatchedStorage,
    waitFor: (promise: Promise<unknown>) => void,
  ) {
    this.#runtime = runtime;
    this.#batch = batch;
    this.#waitFor = waitFor;
  }

  /**
   * Registers the handler of a name, in place of the one before. To be called in `setup`. What is due under a
   * name without a handler waits for one.
   *
   * What a handler throws is reported; it counts as called. One that returns a promise counts once that has
   * settled: if the object goes before, it is called again.
   *
   * @example
   * io.schedule.on("round", (number) => io.emit("round", number));
   */
  on<Ev extends Name<Events>>(
    name: Ev,
    handler: (...args: ScheduledArgs<Events, Ev>) => unknown,
  ): this {
    if (typeof handler !== "function") {
      throw new TypeError(`dormouse: the handler of io.schedule's "${name}" is no function`);
    }
    if (this.#isRetired("on")) return this;
    this.#handlers.set(name, handler as (...args: Any[]) => unknown);
    const method = describeRegistration(name);
    // In place of the one before.
    this.#runtime.keeper.forgetAdded(this, method, name);
    this.#runtime.keeper.noteAdded(this, method, name);
    if (this.#missing.delete(name)) this.#timers = undefined;
    this.#isUnsure = true;
    this.#armSoon();
    return this;
  }

  /**
   * Has the handler of this name called after so many milliseconds.
   *
   * @throws TypeError for a time that is none, and for arguments that cannot be cloned; RangeError for such
   *   that are too large
   * @example
   * io.schedule.after(30_000, "round", { args: [1] });
   */
  after<Ev extends Name<Events>>(
    milliseconds: number,
    name: Ev,
    ...options: Options<ScheduledArgs<Events, Ev>>
  ): void {
    if (this.#isRetired("after")) return;
    const delay = Math.max(0, milliseconds);
    this.#add(this.#runtime.now() + delay, name, options[0] as ScheduleOptions | undefined);
  }

  /**
   * Has the handler of this name called at this time: a date, or milliseconds since the epoch.
   *
   * @throws as `after`
   * @example
   * io.schedule.at(new Date("2030-01-01T00:00:00Z"), "fireworks");
   */
  at<Ev extends Name<Events>>(
    time: Date | number,
    name: Ev,
    ...options: Options<ScheduledArgs<Events, Ev>>
  ): void {
    if (this.#isRetired("at")) return;
    this.#add(Number(time), name, options[0] as ScheduleOptions | undefined);
  }

  /**
   * Drops what was scheduled under this name and key, if it was.
   *
   * @example
   * io.schedule.cancel("remove player", socket.data.id);
   */
  cancel(name: Name<Events>, key = ""): void {
    if (this.#isRetired("cancel") || this.#runtime.gate.isDropping) return;
    this.#batch.delete(timerKey(name, key));
  }

  /** @internal */
  get _isRegistering(): boolean {
    return !this.#runtime.keeper.isSetUp;
  }

  /** @internal */
  get _calledAs(): string {
    return "io.schedule";
  }

  /** @internal */
  _describe(): string {
    return "the server";
  }

  /** @internal Another server has taken its place, whose schedule it is now. `tell` is called with what is used. */
  retire(tell: (member: string) => void): void {
    this.#tellOfUse = tell;
  }

  #isRetired(member: string): boolean {
    this.#tellOfUse?.(member);
    return this.#tellOfUse !== undefined;
  }

  // --- what waits --------------------------------------------------------------------------------------

  #add(time: number, name: string, { key = "", args = [] }: ScheduleOptions = {}): void {
    const at = Math.ceil(time);
    if (!Number.isFinite(at)) throw new TypeError(`dormouse: io.schedule: "${name}" at no time`);
    if (typeof name !== "string" || typeof key !== "string" || !Array.isArray(args)) {
      throw new TypeError("dormouse: io.schedule: names and keys are strings, args an array");
    }
    const id = timerKey(name, key);
    const max = this.#runtime.host.storage?.maxValueBytes ?? 0;
    const size = keepableSize(id, args) + 2 * id.length + 100;
    if (size > max) {
      throw new RangeError(`dormouse: io.schedule: the args of "${name}" are too large: ${size}`);
    }
    if (this.#runtime.gate.isDropping) return;
    // The application may go on changing what it gave.
    const timer: Timer = { name, key, at, args: cloneOf(args) };
    this.#batch.put(id, timer);
    if (at < this.#next) this.#batch.put(NEXT, at);
    if (this.#timers !== undefined) insert(this.#timers, timer);
    if (at >= this.#deadline) return;
    this.#deadline = at;
    this.#armSoon();
  }

  /** Nothing is due before. */
  get #next(): number {
    const next = this.#batch.get(NEXT);
    return typeof next === "number" ? next : Number.POSITIVE_INFINITY;
  }

  /** Another may have come under its name and key, or none. */
  #isValid(timer: Timer): boolean {
    return this.#batch.get(timerKey(timer.name, timer.key)) === timer;
  }

  #load(): Timer[] {
    this.#timers ??= this.#batch
      .entries(TIMERS)
      .map(([, timer]) => timer as Timer)
      .sort((a, b) => a.at - b.at)
      .reverse();
    return this.#timers;
  }

  /** The host is told once for all that happens in a turn. */
  #armSoon(): void {
    if (this.#isArming) return;
    this.#isArming = true;
    this.#runtime.whenStarted(() => inMicrotask(() => this.#arm()));
  }

  #arm(): void {
    this.#isArming = false;
    if (this.#isUnsure) this.#lookForDeadline();
    const deadline = Number.isFinite(this.#deadline) ? this.#deadline : null;
    this.#runtime.host.schedule(SCHEDULE_DEADLINE, deadline, () => this.#ring());
  }

  #lookForDeadline(): void {
    this.#isUnsure = false;
    const now = this.#runtime.now();
    if (this.#timers === undefined && this.#next > now) {
      this.#deadline = this.#next;
      return;
    }
    const timers = this.#load();
    while (timers.length > 0 && !this.#isValid(timers.at(-1) as Timer)) timers.pop();
    const next = timers.at(-1)?.at ?? Number.POSITIVE_INFINITY;
    const isWaiting = this.#running.size > 0;
    this.#deadline = isWaiting ? Math.min(next, now + RETRY) : next;
    // Too early a time costs the next wake a look at all of them; a row each time costs more.
    const isExact = !isWaiting && this.#missing.size === 0;
    if (isExact && timers.length > FEW && next > this.#next) this.#batch.put(NEXT, next);
  }

  // --- what is due ---------------------------------------------------------------------------------------

  #ring(): void {
    if (this.#tellOfUse !== undefined) return;
    const now = this.#runtime.now();
    // After a sleep the host may ring before it is time.
    const isTime = this.#timers !== undefined || this.#next <= now;
    const timers = isTime ? this.#load() : [];
    const due: Timer[] = [];
    while ((timers.at(-1)?.at ?? Number.POSITIVE_INFINITY) <= now) due.push(timers.pop() as Timer);
    for (const timer of due) {
      // One before may have cancelled it, or set it anew.
      if (this.#isValid(timer) && !this.#running.has(timer)) this.#call(timer);
    }
    this.#isUnsure = true;
    this.#arm();
  }

  #call(timer: Timer): void {
    const handler = this.#handlers.get(timer.name);
    if (handler === undefined) {
      this.#tellOfMissing(timer.name);
      return;
    }
    this.#runtime.statistics.noteTimer();
    try {
      const result = handler(...cloneOf(timer.args));
      if (isThenable(result)) this.#await(timer, Promise.resolve(result));
      else this.#finish(timer);
    } catch (error) {
      this.#report(error, timer);
      this.#finish(timer);
    }
  }

  #await(timer: Timer, result: Promise<unknown>): void {
    const settled = result
      .catch((error: unknown) => this.#report(error, timer))
      .then(() => {
        this.#running.delete(timer);
        this.#finish(timer);
        this.#isUnsure = true;
        this.#armSoon();
      });
    this.#running.add(timer);
    let patience!: ReturnType<typeof setTimeout>;
    const longEnough = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, PATIENCE);
    });
    this.#waitFor(Promise.race([settled, longEnough]).then(() => clearTimeout(patience)));
  }

  /** It was called, and is done with, unless its handler has set it anew. */
  #finish(timer: Timer): void {
    if (this.#isValid(timer)) this.#batch.delete(timerKey(timer.name, timer.key));
  }

  #report(error: unknown, { name }: Timer): void {
    this.#runtime._report(error, `io.schedule, "${name}"`);
  }

  #tellOfMissing(name: string): void {
    if (this.#missing.has(name)) return;
    this.#missing.add(name);
    const problem = `"${name}" is due and has no handler: it waits until setup registers one`;
    this.#runtime._report(new Error(problem), "io.schedule");
  }
}

/** Keeps them in their order; of two that are due at once the one that was there before comes first. */
function insert(timers: Timer[], timer: Timer): void {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timers[middle] as Timer).at > timer.at) low = middle + 1;
    else high = middle;
  }
  timers.splice(low, 0, timer);
}
