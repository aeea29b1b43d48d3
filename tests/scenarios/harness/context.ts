/** What a client half gets: clients, the server half's log, expectations. */
import { io, Manager } from "socket.io-client";
import { CONTROL_NAMESPACE, type ControlAnswer } from "../controls.ts";
import type { Entry } from "../scenario.ts";
import { Aliases } from "./aliases.ts";
import { type ClientKind, TRANSPORTS } from "./client-kinds.ts";
import { encodeEntry } from "./encode.ts";
import { countedExpect, type Expect } from "./expect.ts";
import { RawClient } from "./raw-client.ts";
import type { Place, RunningServer } from "./server-under-test.ts";
import { type ClientOptions, StockClient } from "./stock-client.ts";
import { PATIENCE, poll } from "./wait.ts";

/** What one run of a scenario has shown: the server's log and one log per client. */
export type Observation = Record<string, Entry[]>;

/** Query and headers of a raw connection; `path` without the server's prefix. */
export interface RawOptions {
  query?: Record<string, string>;
  headers?: Record<string, string>;
  path?: string;
}

/** An answer to a plain HTTP request. */
export interface HttpAnswer {
  status: number;
  headers: Headers;
  body: string;
}

/** How often `settle` fences: once for reading, once for what was answered, once for the acks of that. */
const SETTLE_ROUNDS = 3;

/** What the client half of a scenario is given: it connects clients, reads the server's log, expects. One per run. */
export class ClientContext {
  readonly expect: Expect;
  readonly server: RunningServer;
  readonly #kind: ClientKind;
  readonly #used: () => number;
  readonly #aliases = new Aliases();
  readonly #stock: StockClient[] = [];
  readonly #raw: RawClient[] = [];
  readonly #notes: Entry[] = [];
  #control: StockClient | undefined;
  /** Whether it has cut a WebSocket. */
  hasCut = false;
  /** How many clients there were. */
  #places = 0;

  /** `kind`: how stock clients connect that do not say it themselves. */
  constructor(server: RunningServer, kind: ClientKind = "websocket") {
    this.server = server;
    this.#kind = kind;
    ({ expect: this.expect, used: this.#used } = countedExpect());
  }

  /** Connects a stock client, on a connection of its own, and waits for the outcome. */
  async connect(name: string, options: ClientOptions = {}): Promise<StockClient> {
    const client = this.client(name, options);
    await client.act((socket) => socket.connect());
    await client.settled();
    if (this.#kind === "upgrading") await client.upgraded();
    return client;
  }

  /** A stock client that has not been told to connect yet. */
  client(name: string, options: ClientOptions = {}): StockClient {
    const { namespace = "/", on, ...rest } = options;
    const { url, pathPrefix } = this.#nextPlace();
    const socket = io(`${url}${namespace}`, {
      transports: [...TRANSPORTS[this.#kind]],
      reconnection: false,
      forceNew: true,
      autoConnect: false,
      ...rest,
      path: `${pathPrefix}${rest.path ?? "/socket.io/"}`,
    });
    const client = new StockClient(name, socket, this.#run(), on);
    this.#stock.push(client);
    return client;
  }

  /** Opens a raw WebSocket and waits until it is open or refused. */
  async raw(name: string, options: RawOptions = {}): Promise<RawClient> {
    const client = await this.#openRaw(name, options);
    this.#raw.push(client);
    return client;
  }

  /**
   * Whether a WebSocket gets a handshake. For refusals that hosts deliver in different ways (before
   * or after the upgrade); nothing of it is recorded.
   */
  async attempt(options: RawOptions = {}): Promise<boolean> {
    const client = await this.#openRaw("attempt", options);
    const accepted = client.frames.length > 0;
    client.terminate();
    return accepted;
  }

  /** A plain HTTP request to a path of the server, for example `/socket.io/?EIO=4`. */
  async http(path: string, init: RequestInit = {}): Promise<HttpAnswer> {
    await this.#beforeEvent();
    const response = await fetch(`${this.server.url}${this.server.pathPrefix}${path}`, init);
    return { status: response.status, headers: response.headers, body: await response.text() };
  }

  /** Calls a function that the server half offers through `controls()`. */
  async control(name: string, ...args: unknown[]): Promise<unknown> {
    this.#control ??= await this.#openControl();
    await this.#beforeEvent();
    // It may not be there any more.
    this.#control ??= await this.#openControl();
    const answer: ControlAnswer = await this.#control.socket
      .timeout(PATIENCE)
      .emitWithAck(name, ...args);
    if ("error" in answer) throw new Error(answer.error);
    return answer.value;
  }

  /** The server half's log so far, ids replaced by names. */
  async serverLog(): Promise<Entry[]> {
    return this.#aliases.apply(await this.server.fetchLog());
  }

  /** Waits until the server half has logged this so often; gives the values of the last one. */
  async serverLogged(event: string, count = 1): Promise<unknown[]> {
    let log: Entry[] = [];
    const entry = await poll(
      `${count} times ${event} in the server's log`,
      async () => {
        log = await this.serverLog();
        return log.filter(([name]) => name === event)[count - 1];
      },
      () => JSON.stringify(log),
    );
    return entry.slice(1);
  }

  /** Resolves once nothing is in flight any more between the server and these clients (default: all). */
  async settle(...clients: (StockClient | RawClient)[]): Promise<void> {
    const fenced = clients.length > 0 ? clients : this.#stock;
    for (let round = 0; round < SETTLE_ROUNDS; round++) {
      await Promise.all(fenced.map((client) => client.fence()));
      await this.server.settle?.();
    }
  }

  /** Adds an observation that belongs to no client. */
  note(event: string, ...values: unknown[]): void {
    this.#notes.push(encodeEntry(event, values));
  }

  /**
   * Everything seen, ids replaced by names, once the stock clients have read what was sent to them.
   * Fails if the client half expected nothing.
   */
  async finish(): Promise<Observation> {
    if (this.#used() === 0) throw new Error("the scenario states no expectation");
    const server = await this.serverLog();
    await this.settle();
    const clients = [...this.#stock, ...this.#raw].map(({ name, log }) => [name, log] as const);
    const observation: Observation = { server, notes: this.#aliases.apply(this.#notes) };
    for (const [name, log] of clients) {
      if (name in observation) throw new Error(`two clients are called ${name}`);
      observation[name] = log;
    }
    return observation;
  }

  /** How long ago each client last heard its server, for a scenario that failed. */
  lastHeard(): string {
    const now = Date.now();
    const clients = [...this.#stock, ...this.#raw];
    return clients.map(({ name, lastHeard }) => `${name} ${now - lastHeard} ms ago`).join(", ");
  }

  /** Closes all clients. */
  dispose(): void {
    for (const { socket } of [...this.#stock, ...(this.#control ? [this.#control] : [])]) {
      socket.disconnect();
      socket.io.engine?.close();
    }
    for (const client of this.#raw) client.terminate();
  }

  #nextPlace(): Place {
    const number = this.#places;
    this.#places += 1;
    return this.server.placeOf?.(number) ?? this.server;
  }

  async #beforeEvent(): Promise<void> {
    if (this.server.beforeEvent === undefined) return;
    // A client that is about to upgrade keeps its object awake.
    if (this.#kind === "upgrading") await Promise.all(this.#stock.map((one) => one.upgraded()));
    const isAnybodyThere = [...this.#stock, ...this.#raw].some(({ isThere }) => isThere);
    const areGone = await this.server.beforeEvent(isAnybodyThere);
    if (areGone !== true) return;
    this.#control?.socket.disconnect();
    this.#control = undefined;
  }

  #run() {
    return {
      aliases: this.#aliases,
      kind: this.#kind,
      beforeEvent: () => this.#beforeEvent(),
      noteCut: () => {
        this.hasCut = true;
      },
      adopt: (client: StockClient) => void this.#stock.push(client),
    };
  }

  async #openRaw(name: string, options: RawOptions): Promise<RawClient> {
    const query = new URLSearchParams({ EIO: "4", transport: "websocket", ...options.query });
    const place = this.#nextPlace();
    const path = `${place.pathPrefix}${options.path ?? "/socket.io/"}`;
    const url = `${place.url.replace("http", "ws")}${path}?${query}`;
    await this.#beforeEvent();
    const client = new RawClient(name, url, options.headers ?? {}, this.#run());
    await client.settled();
    return client;
  }

  async #openControl(): Promise<StockClient> {
    const manager = new Manager(this.server.url, {
      transports: ["websocket"],
      reconnection: false,
      path: `${this.server.pathPrefix}/socket.io/`,
    });
    const client = new StockClient("control", manager.socket(CONTROL_NAMESPACE), this.#run());
    await client.settled();
    return client;
  }
}
