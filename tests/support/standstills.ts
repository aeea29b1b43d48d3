/**
 * What stood still while a test waited in vain: an eviction, the runtime's process, or the test's own. Tests add it
 * to what they say when they fail.
 */
import { readdirSync, readFileSync } from "node:fs";

/** What takes longer is noted, in milliseconds. */
const LIMIT = 5_000;

/** Watches over a runtime's processes, and over this one. */
export class Standstills {
  readonly #pids: readonly number[];
  readonly #limit: number;
  readonly #began = Date.now();
  readonly #notes: { until: number; text: string }[] = [];
  readonly #underWay = new Set<{ what: string; since: number }>();
  readonly #ticks: NodeJS.Timeout;
  #lastTick = Date.now();

  constructor(pids: readonly number[], limit = LIMIT) {
    this.#pids = pids;
    this.#limit = limit;
    this.#ticks = setInterval(() => this.#tick(), limit / 5).unref();
  }

  /** Passes on what a promise gives, and notes if that takes long. */
  async watch<T>(what: string, promise: Promise<T>): Promise<T> {
    const one = { what, since: Date.now() };
    this.#underWay.add(one);
    // How it is in the midst of it, which is over when the test has failed.
    const look = setTimeout(() => this.#note(`${what}: ${this.#threads()}`), this.#limit).unref();
    try {
      return await promise;
    } finally {
      clearTimeout(look);
      this.#underWay.delete(one);
      const took = Date.now() - one.since;
      if (took > this.#limit) this.#note(`${what} took ${took} ms`);
    }
  }

  /** What stood still since a time: a line each. The first says how much the runtime has worked in all. */
  since(time: number): string[] {
    this.#tick();
    const now = Date.now();
    const underWay = [...this.#underWay].filter((one) => now - one.since > this.#limit);
    return [
      `the runtime: ${processorTime(this.#pids)} s of processor in ${now - this.#began} ms; ${this.#threads()}`,
      ...this.#notes.filter(({ until }) => until >= time).map(({ text }) => text),
      ...underWay.map(({ what, since }) => `${what} is under way for ${now - since} ms`),
    ];
  }

  stop(): void {
    clearInterval(this.#ticks);
  }

  #tick(): void {
    const late = Date.now() - this.#lastTick;
    if (late > this.#limit) this.#note(`the test's own process did nothing else for ${late} ms`);
    this.#lastTick = Date.now();
  }

  #note(text: string): void {
    const until = Date.now();
    this.#notes.push({ until, text: `${new Date(until).toISOString()} ${text}` });
  }

  /** Each thread's state, and where in the kernel it waits. */
  #threads(): string {
    const threads = this.#pids.flatMap((pid) => {
      return entries(`/proc/${pid}/task`).map((thread) => {
        const at = `/proc/${pid}/task/${thread}`;
        return `${read(`${at}/comm`)} ${fields(at)[0]} ${read(`${at}/wchan`)}`;
      });
    });
    return `its threads: ${threads.join(", ") || "not known"}`;
  }
}

/** In seconds, with ticks of a hundredth, as Linux gives them to programs. */
function processorTime(pids: readonly number[]): number {
  const ticks = pids.flatMap((pid) => fields(`/proc/${pid}`).slice(11, 13).map(Number));
  return ticks.reduce((sum, one) => sum + one, 0) / 100;
}

/** Those of `stat` behind the name: first the state; the twelfth and the next are times. */
function fields(folder: string): string[] {
  return read(`${folder}/stat`)
    .replace(/^.*\) /, "")
    .split(" ");
}

/** Empty where there is no such file: elsewhere than on Linux, or when the process is over. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
