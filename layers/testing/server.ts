/** A server under test, on Node. */
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { ServerClass, ServerObject } from "../../durable-objects/node/index.ts";
import { checkOptionsOf, type OptionCheck, text } from "../../glue/common/option-checks.ts";
import { type Front, openFront } from "./front.ts";
import { importAnew } from "./modules.ts";
import { type KeptAwake, TimerWatch } from "./timers.ts";

const TURNS = 4;

/**
 * What is gone after a sleep: with `warm` what Dormouse and `setup` have in memory, with `cold` the
 * variables of the project's modules, too. `never`: the server stays awake.
 */
export type SleepKind = "warm" | "cold" | "never";

/** How `startServer` starts a server. */
export interface TestServerOptions<Env = unknown> {
  /** Default: `cold` for a module, `warm` for a class, whose module nobody knows. */
  sleep?: SleepKind;
  /** The name with which a module exports the class. Default: its only one. */
  export?: string;
  /** What `setup` gets as `env`. Default `process.env`. */
  env?: Env;
}

const CHECKS: Record<keyof TestServerOptions, OptionCheck> = {
  sleep: {
    accepts: (value) => value === "warm" || value === "cold" || value === "never",
    expectation: '"warm", "cold" or "never"',
  },
  export: text,
  env: { accepts: () => true, expectation: "" },
};

/** A server that sleeps before everything that a client does. */
export interface TestServer extends AsyncDisposable {
  /** Where clients connect to: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** The object, as `new Chat(…)` makes it. */
  readonly object: ServerObject;
  /** How often it has slept. */
  readonly sleeps: number;
  /** What kept it from sleeping so far, each once. */
  readonly keptAwake: readonly KeptAwake[];
  /** Lets it sleep now. False if something keeps it awake, or it is to sleep `never`. */
  sleep(): Promise<boolean>;
  /** Ends it, and the connections to it. Rejects if a sleep has failed. */
  close(): Promise<void>;
}

/**
 * Starts a server that sleeps before everything that a client does.
 *
 * @param server a class made by `createServer`, or the URL of the module that exports one
 * @throws TypeError if that is no such class, and for an option that is unknown or ill-typed
 * @example
 * await using chat = await startServer(new URL("./chat.ts", import.meta.url));
 * const socket = io(chat.url, { transports: ["websocket"] });
 */
export async function startServer(
  server: URL | ServerClass,
  options: TestServerOptions = {},
): Promise<TestServer> {
  checkOptionsOf("startServer", CHECKS, options);
  const { sleep = server instanceof URL ? "cold" : "warm", env } = options;
  if (sleep === "cold" && !(server instanceof URL)) {
    throw new TypeError("dormouse: a cold sleep loads the module anew: give its URL, not a class");
  }
  const Class = server instanceof URL ? await load(server, options.export) : server;
  const Tested =
    sleep === "cold" && server instanceof URL ? coldClass(Class, server, options.export) : Class;
  return new RunningServer(Tested, sleep, env).start();
}

class RunningServer implements TestServer {
  readonly #Class: ServerClass;
  readonly #kind: SleepKind;
  readonly #env: unknown;
  readonly #watch = new TimerWatch();
  readonly #http = createHttpServer();
  readonly #keptAwake = new Map<string, KeptAwake>();
  #object!: ServerObject;
  #front!: Front;
  #sleeps = 0;
  #isClosing = false;

  constructor(Class: ServerClass, kind: SleepKind, env: unknown) {
    this.#Class = Class;
    this.#kind = kind;
    this.#env = env;
  }

  async start(): Promise<this> {
    this.#watch.adopt(this.#http);
    this.#http.prependListener("connection", (socket) => this.#watch.adopt(socket));
    await this.#watch.run(async () => {
      // `undefined` means the default, which is the environment of the process.
      this.#object = new this.#Class(this.#http, this.#env);
      await once(this.#http.listen(0, "127.0.0.1"), "listening");
    });
    const { port } = this.#http.address() as AddressInfo;
    this.#front = await openFront(new URL(`http://127.0.0.1:${port}`), {
      before: () => this.sleep(),
      after: someTurns,
    });
    return this;
  }

  get url(): string {
    return this.#front.url;
  }

  get object(): ServerObject {
    return this.#object;
  }

  get sleeps(): number {
    return this.#sleeps;
  }

  get keptAwake(): readonly KeptAwake[] {
    return [...this.#keptAwake.values()];
  }

  async sleep(): Promise<boolean> {
    if (this.#kind === "never") return false;
    if (this.#settled !== undefined && !(await this.#whenSettled())) return false;
    const all = [...this.#watch.pending, ...this.#losses()];
    // A listener that has not settled waits for something: where that is known it is the reason.
    const known = all.filter(({ what }) => what !== "promise");
    const reasons = known.length > 0 ? known : all;
    for (const reason of reasons) this.#keptAwake.set(JSON.stringify(reason), reason);
    if (reasons.length > 0) return false;
    await this.#watch.run(() => this.#object.hibernate());
    this.#sleeps += 1;
    return true;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    try {
      await this.#front.close();
    } finally {
      await this.#object.io.close();
      this.#watch.stop();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What is under way that a sleep would undo. */
  get #settled(): Promise<unknown> | undefined {
    return this.#object.io._runtime.keeper.settled;
  }

  /** Events that wait for a replay may leave what a sleep would lose. Returns whether it still runs then. */
  async #whenSettled(): Promise<boolean> {
    while (this.#settled !== undefined) {
      await this.#settled;
      await someTurns();
    }
    return !this.#isClosing;
  }

  /** What is known that a sleep would lose; where it sleeps at any price, what is waited for. */
  #losses(): KeptAwake[] {
    const { io } = this.#object;
    const sleepsAnyway = io._runtime.options.hibernate === "always";
    return io.awakeReasons
      .filter(({ kind }) => !sleepsAnyway || kind === "acknowledgement")
      .map(({ kind, what, whose }) => ({ what: kind, where: `${what} of ${whose}` }));
  }
}

/** In this process what was written is read within a few turns of the event loop. */
async function someTurns(): Promise<void> {
  for (let turns = 0; turns < TURNS; turns++) await turn();
}

async function load(file: URL, name: string | undefined): Promise<ServerClass> {
  const exported = await importAnew(file);
  if (name !== undefined) {
    if (isServerClass(exported[name])) return exported[name];
    throw new TypeError(`dormouse: ${file.pathname} exports no server called ${name}`);
  }
  const classes = new Set(Object.values(exported).filter(isServerClass));
  const [only] = classes;
  if (only !== undefined && classes.size === 1) return only;
  throw new TypeError(
    `dormouse: ${file.pathname} exports ${classes.size} classes made by createServer; ` +
      "the option `export` says which is meant",
  );
}

function isServerClass(value: unknown): value is ServerClass {
  return typeof value === "function" && typeof value.prototype?._setup === "function";
}

/** The same class, with the `setup` of a module that is loaded anew whenever it runs. */
function coldClass(Class: ServerClass, file: URL, name: string | undefined): ServerClass {
  return class extends Class {
    override async _setup(...args: Parameters<ServerObject["_setup"]>): Promise<void> {
      const { prototype } = await load(file, name);
      await prototype._setup.apply(this, args);
    }
  };
}
