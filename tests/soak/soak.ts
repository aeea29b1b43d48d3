/**
 * Random clients against a simple model: joins, leaves, emits, questions, pictures, disconnects, and
 * sleeps of the object at any moment. Every delivery that the model expects must come, in order, and
 * none besides.
 */
import assert from "node:assert/strict";
import { io, type Socket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { Model, type ModelClient } from "./model.ts";
import { Random } from "./random.ts";

export interface SoakOptions {
  seed: number;
  clients: number;
  rooms: number;
  /** How long actions go on, in milliseconds. */
  duration: number;
}

/** What was done. */
export type SoakReport = Record<string, number>;

interface Client extends ModelClient {
  readonly socket: Socket;
}

/** An action of one client. */
type Action = (client: Client) => Promise<void>;

/** How long one answer, or a delivery, may take. */
const PATIENCE = 60_000;
/** Everything is compared after so many actions. */
const ACTIONS_PER_CHECK = 50;
/** The client that the model is compared by; it hears of those that leave. */
const WATCHERS = "watchers";

export class Soak {
  readonly #options: SoakOptions;
  readonly #worker: RunningWorker;
  readonly #random: Random;
  readonly #model = new Model();
  readonly #clients: Client[] = [];
  readonly #report: SoakReport = {};
  readonly #unexpected: string[] = [];
  #named = 0;

  /** Runs a soak from beginning to end. */
  static async run(options: SoakOptions): Promise<SoakReport> {
    const worker = await startWorker({
      entry: new URL("soak.worker.ts", import.meta.url),
      classes: { SOAK: "Soak" },
      compatibilityFlags: ["nodejs_als"],
    });
    const soak = new Soak(worker, options);
    try {
      await soak.#run();
      return soak.#report;
    } finally {
      for (const { socket } of soak.#clients) socket.disconnect();
      await worker.stop();
    }
  }

  private constructor(worker: RunningWorker, options: SoakOptions) {
    this.#worker = worker;
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  async #run(): Promise<void> {
    await this.#connectWatcher();
    while (this.#clients.length < this.#options.clients) await this.#connect();
    const actions = this.#actions();
    const end = performance.now() + this.#options.duration;
    for (let count = 1; performance.now() < end; count++) {
      const [name, action] = this.#random.pick(actions);
      // The watcher only watches.
      const client = this.#clients[1 + this.#random.below(this.#clients.length - 1)] as Client;
      await action(client);
      this.#report[name] = (this.#report[name] ?? 0) + 1;
      if (count % ACTIONS_PER_CHECK === 0) await this.#check();
    }
    await this.#check();
  }

  /** Each as often as it is to be likely. */
  #actions(): [string, Action][] {
    const weighted: [string, number, Action][] = [
      ["join", 4, (client) => this.#join(client)],
      ["leave", 2, (client) => this.#leave(client)],
      ["say", 6, (client) => this.#say(client)],
      ["shout", 3, (client) => this.#shout(client)],
      ["picture", 1, (client) => this.#picture(client)],
      ["count", 3, (client) => this.#count(client)],
      ["question", 3, (client) => this.#question(client)],
      ["replace", 2, (client) => this.#replace(client)],
      ["kick", 1, (client) => this.#kick(client)],
      ["sleep", 3, () => this.#sleep()],
    ];
    return weighted.flatMap(([name, weight, action]) => {
      return Array.from({ length: weight }, (): [string, Action] => [name, action]);
    });
  }

  // --- actions ------------------------------------------------------------------------------------

  async #join(client: Client): Promise<void> {
    const rooms = Array.from({ length: 1 + this.#random.below(3) }, () => this.#room());
    await ask(client, "join", rooms);
    for (const room of rooms) client.rooms.add(room);
  }

  async #leave(client: Client): Promise<void> {
    const room = this.#random.pick([...client.rooms]);
    if (room === client.id) return;
    await ask(client, "leave", room);
    client.rooms.delete(room);
  }

  async #say(client: Client): Promise<void> {
    const [room, number] = [this.#room(), this.#model.number()];
    this.#model.emit(`said ${number}`, [room], [client.id]);
    await ask(client, "say", room, number);
  }

  async #shout(client: Client): Promise<void> {
    const rooms = Array.from({ length: this.#random.below(4) }, () => this.#room());
    const except = Array.from({ length: this.#random.below(2) }, () => this.#room());
    const number = this.#model.number();
    this.#model.emit(`said ${number}`, rooms, except);
    await ask(client, "shout", rooms, except, number);
  }

  async #picture(client: Client): Promise<void> {
    const [room, number] = [this.#room(), this.#model.number()];
    const picture = new Uint8Array(1 + this.#random.below(5_000)).fill(number);
    this.#model.emit(`picture ${number} ${picture.length} ${number & 255}`, [room], []);
    await ask(client, "picture", room, number, picture);
  }

  async #count(client: Client): Promise<void> {
    client.count += 1;
    const answer = await ask(client, "count", this.#random.below(2) === 1);
    assert.deepEqual(answer, [client.count, client.name, [...client.rooms].sort()]);
  }

  async #question(client: Client): Promise<void> {
    const [other, number] = [this.#random.pick(this.#clients), this.#model.number()];
    assert.equal(await ask(client, "question", other.id, number), `${other.name} ${number}`);
  }

  async #sleep(): Promise<void> {
    try {
      await this.#worker.evict("soak");
    } catch (error) {
      // Twice in a row: it sleeps already.
      if (!(error as Error).message.includes("not currently running")) throw error;
    }
  }

  /** A client leaves, in one way or the other, and another one comes. */
  async #replace(client: Client): Promise<void> {
    const isAbrupt = this.#random.below(2) === 1;
    await this.#settled();
    this.#leaves(client, isAbrupt ? "transport close" : "client namespace disconnect");
    if (isAbrupt) client.socket.io.engine.close();
    else client.socket.disconnect();
    await this.#settled();
    await this.#connect();
  }

  async #kick(client: Client): Promise<void> {
    const other = this.#clients[1 + this.#random.below(this.#clients.length - 1)] as Client;
    if (other === client) return;
    await this.#settled();
    const gone = new Promise((resolve) => other.socket.once("disconnect", resolve));
    this.#leaves(other, "server namespace disconnect");
    await ask(client, "kick", other.id);
    await gone;
    await this.#connect();
  }

  #leaves(client: Client, reason: string): void {
    this.#assertReceived(client);
    this.#clients.splice(this.#clients.indexOf(client), 1);
    this.#model.clients.delete(client.id);
    const rooms = [...client.rooms].sort().join();
    this.#model.emit(`left ${client.id} ${reason} ${rooms} ${client.count}`, [WATCHERS], []);
  }

  // --- clients ------------------------------------------------------------------------------------

  async #connectWatcher(): Promise<void> {
    const watcher = await this.#connect();
    await ask(watcher, "join", [WATCHERS]);
    watcher.rooms.add(WATCHERS);
  }

  async #connect(): Promise<Client> {
    const name = `client ${this.#named++}`;
    const socket = io(this.#worker.url, {
      transports: ["websocket"],
      reconnection: false,
      forceNew: true,
      auth: { name },
    });
    const [id] = await new Promise<[string]>((resolve, reject) => {
      socket.once("welcome", (...args: [string]) => resolve(args));
      socket.once("connect_error", reject);
    });
    const client = Object.assign(this.#model.connect(id, name), { socket });
    this.#listen(client);
    this.#clients.push(client);
    return client;
  }

  #listen({ socket, received, name }: Client): void {
    socket.on("said", (number) => received.push(`said ${number}`));
    socket.on("left", (id, reason, rooms, count) => {
      received.push(`left ${id} ${reason} ${rooms.join()} ${count}`);
    });
    socket.on("picture", (number, picture: ArrayBuffer, { again }: { again: ArrayBuffer }) => {
      const bytes = new Uint8Array(picture);
      assert.deepEqual(new Uint8Array(again), bytes);
      received.push(`picture ${number} ${bytes.length} ${bytes[0]}`);
    });
    socket.on("question", (number, ack) => ack(`${name} ${number}`));
    socket.on("welcome", () => this.#unexpected.push(`${name} was welcomed again`));
    socket.on("disconnect", (reason) => {
      if (this.#clients.some((client) => client.socket === socket)) {
        this.#unexpected.push(`${name} was disconnected: ${reason}`);
      }
    });
  }

  // --- checks -------------------------------------------------------------------------------------

  async #check(): Promise<void> {
    await this.#settled();
    for (const client of this.#clients) this.#assertReceived(client);
    assert.deepEqual(this.#unexpected, []);
    const state = (await ask(this.#clients[0] as Client, "look")) as [string, string[]][];
    const byId = (a: [string, unknown], b: [string, unknown]) => (a[0] < b[0] ? -1 : 1);
    assert.deepEqual(state.sort(byId), this.#model.state.sort(byId));
  }

  /** Resolves when everybody has got as much as expected. */
  async #settled(): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (this.#model.waiting.length > 0) {
      if (performance.now() > end) {
        const [{ name, expected, received }] = this.#model.waiting as [ModelClient];
        assert.deepEqual(received, expected, `${name} waits in vain`);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  #assertReceived({ name, expected, received }: Client): void {
    assert.deepEqual(received, expected, name);
    expected.length = 0;
    received.length = 0;
  }

  #room(): string {
    return `room ${this.#random.below(this.#options.rooms)}`;
  }
}

function ask({ socket }: Client, name: string, ...args: unknown[]): Promise<unknown> {
  return socket.timeout(PATIENCE).emitWithAck(name, ...args);
}
