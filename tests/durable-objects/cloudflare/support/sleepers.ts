/** Starts the Worker of the hibernation tests, and connects stock clients to its objects. */
import { once } from "node:events";
import { createRequire } from "node:module";
import { after } from "node:test";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { type RunningWorker, startWorker, type WorkerOptions } from "../../../support/miniflare.ts";
import type { Page } from "./page.ts";

const CLASSES = [
  "Everyday",
  "Protocol3",
  "Awake",
  "Slow",
  "Meddling",
  "Kicking",
  "Stuck",
  "Dynamic",
  "Data",
  "State",
  "Marking",
  "Asking",
  "Short",
  "Default",
  "Mixed",
  "Broken",
] as const;

/** As much of a client of Socket.IO v2 as the tests need; the package has no types. */
export interface Client2 {
  readonly connected: boolean;
  on(event: string, listener: (...args: never[]) => void): this;
  emit(event: string, ...args: unknown[]): this;
  close(): this;
}

const connect2 = createRequire(import.meta.url)("socket.io-client-2") as (
  url: string,
  options: object,
) => Client2;

export type ClassName = (typeof CLASSES)[number];

export type ClientOptions = Partial<ManagerOptions & SocketOptions> & { namespace?: string };

/** How long a condition may take. */
const PATIENCE = 60_000;

/** One object under test and its clients. */
export class Sleeper {
  readonly name: string;
  readonly #className: ClassName;
  readonly #worker: RunningWorker;
  readonly #clients: Socket[] = [];
  readonly #older: Client2[] = [];

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

  /** Waits for it to have written something like this. */
  logged(line: RegExp): Promise<void> {
    return this.#worker.logged(line);
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

  /** A client of Socket.IO v2, connected. */
  async connect2(): Promise<Client2> {
    const path = `${this.prefix}/socket.io`;
    const client = connect2(this.url, { transports: ["websocket"], path, reconnection: false });
    this.#older.push(client);
    await new Promise<void>((resolve) => client.on("connect", resolve));
    return client;
  }

  /** The object leaves memory, its WebSockets stay. Nothing if it has left already. */
  async sleep(): Promise<void> {
    try {
      await this.#worker.evict(this.name, "hibernate", bindingOf(this.#className));
    } catch (error) {
      if (!(error as Error).message.includes("not currently running")) throw error;
    }
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

  /** The alarm of a new object waits until its first client is admitted: resolves once it is set. */
  async armed(): Promise<void> {
    await until("the alarm", async () => {
      return (await this.book()).writes.includes("setAlarm") || undefined;
    });
  }

  /** Sends, and resolves once so many messages more have reached the object than before. */
  async reached(count: number, send: () => void): Promise<void> {
    const messages = async () =>
      (await this.book()).events.filter((name) => name === "webSocketMessage").length;
    const due = (await messages()) + count;
    send();
    await until(`${count} messages`, async () => (await messages()) >= due || undefined);
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
    for (const client of this.#older) client.close();
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
