/** Starts the Worker of the hibernation tests, and connects stock clients to its objects. */
import { once } from "node:events";
import { after } from "node:test";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { type RunningWorker, startWorker, type WorkerOptions } from "../../support/miniflare.ts";
import type { Page } from "./book.ts";

const CLASSES = [
  "Everyday",
  "Protocol3",
  "Awake",
  "Slow",
  "Stuck",
  "Dynamic",
  "Data",
  "Asking",
  "Short",
  "Default",
  "Mixed",
  "Broken",
] as const;

export type ClassName = (typeof CLASSES)[number];

export type ClientOptions = Partial<ManagerOptions & SocketOptions> & { namespace?: string };

/** How long a condition may take. */
const PATIENCE = 8_000;

/** One object under test and its clients. */
export class Sleeper {
  readonly name: string;
  readonly #className: ClassName;
  readonly #worker: RunningWorker;
  readonly #clients: Socket[] = [];

  constructor(worker: RunningWorker, className: ClassName, name: string) {
    this.#worker = worker;
    this.#className = className;
    this.name = name;
  }

  get prefix(): string {
    return `/${bindingOf(this.#className)}/${this.name}`;
  }

  get url(): string {
    return this.#worker.url;
  }

  /** What the Worker has written to its console so far. */
  get output(): string {
    return this.#worker.output;
  }

  /** A stock client on a connection of its own. */
  client({ namespace = "/", ...options }: ClientOptions = {}): Socket {
    const socket = io(`${this.url}${namespace}`, {
      transports: ["websocket"],
      reconnection: false,
      forceNew: true,
      path: `${this.prefix}/socket.io/`,
      ...options,
    });
    this.#clients.push(socket);
    return socket;
  }

  /** The same, connected. */
  async connect(options: ClientOptions = {}): Promise<Socket> {
    const socket = this.client(options);
    await event(socket, "connect");
    return socket;
  }

  /** The object leaves memory, its WebSockets stay. */
  async sleep(): Promise<void> {
    await this.#worker.evict(this.name, "hibernate", bindingOf(this.#className));
  }

  /** The object restarts, its WebSockets are closed. */
  async restart(): Promise<void> {
    await this.#worker.evict(this.name, "close", bindingOf(this.#className));
  }

  /** A request to the object. */
  async request(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}${this.prefix}${path}`);
    return response.json();
  }

  async book(): Promise<Page> {
    return (await this.request("/~book")) as Page;
  }

  /** Notes of this kind, once there are so many. */
  async noted(what: string, count = 1): Promise<unknown[][]> {
    return until(`${count} notes of ${what}`, async () => {
      const notes = (await this.book()).notes.filter(([first]) => first === what);
      return notes.length >= count ? notes : undefined;
    });
  }

  closeClients(): void {
    for (const client of this.#clients) client.disconnect();
  }
}

/** Starts the Worker; gives what makes objects of it. All ends with the test file. */
export function sleepers(options: Partial<WorkerOptions> = {}) {
  const all: Sleeper[] = [];
  const worker = startWorker({
    entry: new URL("../hibernation.worker.ts", import.meta.url),
    classes: Object.fromEntries(CLASSES.map((name) => [bindingOf(name), name])),
    compatibilityFlags: ["nodejs_als"],
    ...options,
  });
  after(async () => {
    for (const sleeper of all) sleeper.closeClients();
    await (await worker).stop();
  });
  return async (className: ClassName, suffix = ""): Promise<Sleeper> => {
    const sleeper = new Sleeper(await worker, className, `object-${all.length}${suffix}`);
    all.push(sleeper);
    return sleeper;
  };
}

/** Emits, and gives the server's acknowledgement. */
// biome-ignore lint/suspicious/noExplicitAny: what servers answer is what tests look at
export function ask(socket: Socket, name: string, ...args: unknown[]): Promise<any> {
  return socket.timeout(PATIENCE).emitWithAck(name, ...args);
}

/** The arguments of the next event of this name. */
export function event(socket: Socket, name: string): Promise<unknown[]> {
  return once(socket as never, name, { signal: AbortSignal.timeout(PATIENCE) });
}

/** Collects the events of a client: their names and arguments. */
export function record(socket: Socket): unknown[][] {
  const events: unknown[][] = [];
  socket.onAny((...args: unknown[]) =>
    events.push(args.filter((arg) => typeof arg !== "function")),
  );
  return events;
}

/** What `probe` gives as soon as it is something else than undefined. */
export async function until<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await pause(10);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function bindingOf(className: string): string {
  return className.toUpperCase();
}
