/** Which timers a server's code has set: while one is, a Durable Object does not sleep. */
import { AsyncLocalStorage, createHook } from "node:async_hooks";
import type { EventEmitter } from "node:events";
import { fileURLToPath } from "node:url";

/** Something because of which the object would not have slept. */
export interface KeptAwake {
  /**
   * A timer that is set: `interval`, `timeout`. Otherwise what `io.awakeReasons` says: an `acknowledgement`
   * that a client has not given yet, a `promise` of a listener's that has not settled, a late `listener` or `namespace`, an `adapter` that keeps its rooms itself,
   * a `property` or `data` that cannot be kept, a `connection` that polls.
   */
  readonly what:
    | "interval"
    | "timeout"
    | "acknowledgement"
    | "promise"
    | "request"
    | "listener"
    | "namespace"
    | "adapter"
    | "property"
    | "data"
    | "connection";
  /** The time of a timer, in milliseconds. */
  readonly milliseconds?: number;
  /** The stack line that set the timer, or which value of which socket it is. */
  readonly where: string;
}

/** What the hook gets of Node: a timer, with fields of its own. */
interface Timer {
  readonly _idleTimeout: number;
  readonly _repeat: number | null;
  readonly _destroyed: boolean;
}

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));
/** Where the library's own timers are set; those of heartbeats are alarms in an object. */
const OWN = ["glue/", "durable-objects/", "commonjs/"].map((folder) => PACKAGE + folder);
const WEBSOCKETS = /[\\/]node_modules[\\/]ws[\\/]/;

/** Follows what runs because of a server: its `setup`, and whatever its connections bring. */
export class TimerWatch {
  readonly #context = new AsyncLocalStorage<TimerWatch>();
  readonly #set: { timer: Timer; where: string }[] = [];
  readonly #hook = createHook({
    init: (_id, type, _trigger, resource) => {
      if (type !== "Timeout" || this.#context.getStore() !== this) return;
      const where = codeOf(new Error().stack ?? "");
      if (where !== undefined) this.#set.push({ timer: resource as Timer, where });
    },
  });

  constructor() {
    this.#hook.enable();
  }

  /** Runs code of the server's; what it starts belongs to it, however late. */
  run<T>(action: () => T): T {
    return this.#context.run(this, action);
  }

  /** Has all events of an emitter belong to the server. */
  adopt(emitter: EventEmitter): void {
    const emit = emitter.emit;
    emitter.emit = (...event: [string | symbol, ...unknown[]]) => {
      return this.run(() => emit.apply(emitter, event));
    };
  }

  /** The timers that are set now. */
  get pending(): KeptAwake[] {
    for (let index = this.#set.length - 1; index >= 0; index--) {
      if (this.#set[index]?.timer._destroyed) this.#set.splice(index, 1);
    }
    return this.#set.map(({ timer, where }) => ({
      what: timer._repeat === null ? "timeout" : "interval",
      milliseconds: timer._idleTimeout,
      where,
    }));
  }

  /** Ends the timers that are set, as they end with an object. */
  stop(): void {
    this.#hook.disable();
    for (const { timer } of this.#set) clearTimeout(timer as unknown as NodeJS.Timeout);
  }
}

/** The first line of a stack that is code; undefined if that is the library's. */
function codeOf(stack: string): string | undefined {
  const lines = stack.split("\n").slice(1);
  const line = lines.find((one) => !/\bnode:|layers[\\/]testing[\\/]timers\./.test(one));
  if (line === undefined || WEBSOCKETS.test(line)) return undefined;
  const place = line
    .trim()
    .replace(/^at /, "")
    .replace("file://", "")
    .replace(/\?dormouse-load=\d+/, "");
  return OWN.some((folder) => place.includes(folder)) ? undefined : place;
}
