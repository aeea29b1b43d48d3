/**
 * Clients in several namespaces over one connection, which they lose, and come back with all or some of them, to any
 * shard; while objects sleep and end. Each session has to come back by itself: with its id, rooms and data, and what
 * its client missed, once and in order.
 */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Manager, type Socket } from "socket.io-client";
import type { RunningWorker } from "../support/miniflare.ts";
import { ask } from "../support/stock-client.ts";
import type { Random } from "./random.ts";

const NAMESPACES = ["/", "/a", "/b", "/d-x"];
const ROOMS = ["red", "green", "__proto__"];
const CLIENTS = 4;
const SHARDS = 3;
/** How long a delivery may take, in milliseconds. */
const PATIENCE = 20_000;
/** Longer than writes are put off, on a busy machine. */
const WRITTEN = 600;

export type Binding = "PLAIN" | "STRICT" | "SPREAD";

/** A client in one namespace. */
interface Session {
  readonly nsp: string;
  state: "out" | "in" | "away";
  socket: Socket | undefined;
  id: string;
  pid: string | undefined;
  offset: string | undefined;
  rooms: Set<string>;
  count: number;
  due: number[];
  /** What was on its way from other shards when it came: it may get that, or not. */
  underWay: Set<number>;
  got: number[];
  /** Whether it may have missed something that nobody knows. */
  mayBeginAnew: boolean;
}

interface Client {
  readonly name: string;
  manager: Manager | undefined;
  shard: number;
  readonly sessions: Map<string, Session>;
}

export interface Place {
  readonly worker: () => RunningWorker;
  readonly binding: Binding;
  readonly server: string;
  /** The runtime is killed, and starts again. */
  kill(): Promise<void>;
}

export class SeveralNamespaces {
  readonly report: Record<string, number> = {};
  /** What has happened. */
  readonly log: string[] = [];
  readonly #random: Random;
  readonly #place: Place;
  readonly #clients: Client[];
  /** Of connections that nobody uses any more. */
  readonly #old: Manager[] = [];
  /** By number: who sent it. */
  readonly #senders: number[] = [];
  /** By number: to what. */
  readonly #sent: { nsp: string; room: string; except: string; at: number }[] = [];

  constructor(place: Place, random: Random) {
    this.#place = place;
    this.#random = random;
    this.#clients = Array.from({ length: CLIENTS }, (_, at) => ({
      name: `client ${at}`,
      manager: undefined,
      shard: 0,
      sessions: new Map(NAMESPACES.map((nsp) => [nsp, newSession(nsp)])),
    }));
  }

  async run(steps: number): Promise<void> {
    try {
      for (const client of this.#clients) await this.#come(client);
      for (let step = 0; step < steps; step++) await this.#step();
      await this.#slow(0);
      for (const client of this.#clients) await this.#come(client, true);
      await this.#settle();
      for (const client of this.#clients) await this.#compare(client);
    } catch (error) {
      throw new Error(`what happened:\n${this.log.join("\n")}`, { cause: error });
    } finally {
      for (const { manager } of this.#clients) end(manager);
      for (const manager of this.#old) end(manager);
    }
  }

  get #isSpread(): boolean {
    return this.#place.binding === "SPREAD";
  }

  #note(what: string, ...more: unknown[]): void {
    this.report[what] = (this.report[what] ?? 0) + 1;
    this.log.push(`${what} ${more.map((each) => JSON.stringify(each)).join(" ")}`);
  }

  async #step(): Promise<void> {
    const random = this.#random;
    if (random.below(3) === 0) await this.#sleep();
    const client = random.pick(this.#clients);
    const chance = random.below(100);
    if (chance < 40) await this.#emit();
    else if (chance < 52) this.#lose(client);
    else if (chance < 72) await this.#come(client);
    else if (chance < 76) await this.#comeTogether();
    else if (chance < 82) await this.#change(client);
    else if (chance < 85) await this.#leave(client);
    else if (chance < 88) await this.#refused(client);
    else if (chance < 90) await this.#compareAll();
    else if (chance < 93) await this.#endObject();
    else if (chance < 94) await this.#kill();
    else if (chance < 97 && this.#isSpread) await this.#slow(random.pick([0, 0, 30, 200]));
    else await this.#half(client);
  }

  // --- what is sent ------------------------------------------------------------------------------------

  async #emit(): Promise<void> {
    const random = this.#random;
    const nsp = random.pick(NAMESPACES);
    const sessions = this.#clients.map((each) => each.sessions.get(nsp) as Session);
    const ids = sessions.filter(({ state }) => state !== "out").map(({ id }) => id);
    const room = random.pick(["", "", ...ROOMS, ...ids]);
    const except = random.below(4) === 0 ? random.pick([...ROOMS, ...ids]) : "";
    const shard = this.#isSpread ? random.below(SHARDS) : 0;
    const first = this.#senders.length;
    const count = 1 + random.below(3);
    for (let number = 0; number < count; number++) {
      this.#senders.push(shard);
      this.#sent.push({ nsp, room, except, at: Date.now() });
    }
    const last = this.#senders.length - 1;
    const isIn = ({ id, rooms }: Session, name: string) => name === id || rooms.has(name);
    for (const session of sessions) {
      if (session.state === "out" || isIn(session, except)) continue;
      if (room !== "" && !isIn(session, room)) continue;
      for (let number = first; number <= last; number++) session.due.push(number);
    }
    this.#note("emit", nsp, room, except, `${first}-${last}`, shard);
    const volatile: Record<string, string> = random.below(4) === 0 ? { volatile: "1" } : {};
    await this.#ask("/emit", shard, {
      nsp,
      room,
      except,
      numbers: `${first}-${last}`,
      ...volatile,
    });
  }

  async #ask(path: string, shard: number, more: Record<string, string> = {}): Promise<void> {
    const { binding } = this.#place;
    const query = new URLSearchParams({ server: this.#nameOf(shard), binding, ...more });
    const response = await fetch(`${this.#place.worker().url}${path}?${query}`);
    await response.arrayBuffer();
  }

  #nameOf(shard: number): string {
    const { server } = this.#place;
    return shard === 0 ? server : `${server}/shard-${shard}`;
  }

  // --- clients -----------------------------------------------------------------------------------------

  /** Comes, or comes back: with all that it has lost, or some of it. */
  async #come(client: Client, isWhole = false): Promise<void> {
    const random = this.#random;
    const isNew = client.manager === undefined;
    if (isNew) this.#connect(client);
    const wanted = [...client.sessions.values()].filter(({ state }) => state !== "in");
    const some = wanted.filter(
      ({ state }) => isWhole || random.below(5) > (state === "out" ? 2 : 0),
    );
    await this.#open(client, some);
  }

  #connect(client: Client): void {
    const { worker, binding, server } = this.#place;
    client.shard = this.#isSpread ? this.#random.below(SHARDS) : 0;
    client.manager = new Manager(worker().url, {
      transports: ["websocket"],
      reconnection: false,
      autoConnect: false,
      forceNew: true,
      query: { server, binding, shard: `${client.shard}` },
    });
  }

  async #open(client: Client, sessions: readonly Session[]): Promise<void> {
    if (sessions.length === 0) return;
    this.#note(
      "come",
      client.name,
      client.shard,
      sessions.map(({ nsp, state }) => [nsp, state]),
    );
    const opened = sessions.map((session) => this.#enter(client, session, {}));
    await Promise.all(opened);
  }

  async #enter(client: Client, session: Session, more: object): Promise<void> {
    const socket = this.#socketFor(client, session, more);
    const recoverable = session.state === "away";
    const answer = await answered(socket);
    assert.equal(answer, "connect", `${client.name} ${session.nsp}`);
    if (recoverable && !socket.recovered) {
      assert.ok(session.mayBeginAnew, `${client.name} began anew in ${session.nsp}`);
      this.#note("anew", client.name, session.nsp);
    }
    if (!socket.recovered) {
      const { rooms } = socket.auth as { rooms: string[] };
      const underWay = this.#underWayTo(client.shard, session.nsp, rooms);
      const state = { id: socket.id, rooms: new Set(rooms), count: 0, due: [], underWay };
      Object.assign(session, state);
    }
    assert.equal(socket.id, session.id, `${client.name} ${session.nsp}`);
    session.state = "in";
    session.mayBeginAnew = false;
  }

  /** Numbers that may still be on their way from other shards to who comes now, and is in these rooms from now on. */
  #underWayTo(shard: number, nsp: string, rooms: readonly string[]): Set<number> {
    const since = Date.now() - PATIENCE;
    const numbers = this.#sent.flatMap((sent, number) => {
      const isMeant = sent.room === "" || rooms.includes(sent.room);
      const isOther = this.#senders[number] !== shard && sent.nsp === nsp && sent.at > since;
      return isOther && isMeant && !rooms.includes(sent.except) ? [number] : [];
    });
    return new Set(numbers);
  }

  #socketFor(client: Client, session: Session, more: object): Socket {
    const { nsp, pid, offset, state } = session;
    const rooms = ROOMS.filter(() => this.#random.below(2) === 0);
    const manager = client.manager as Manager;
    // One that was there before would be the same, with all that it has.
    delete (manager as unknown as { nsps: Record<string, Socket> }).nsps[nsp];
    const socket = manager.socket(nsp, { auth: { name: client.name, rooms, ...more } });
    if (state === "away") Object.assign(socket, { _pid: pid, _lastOffset: offset });
    session.socket = socket;
    socket.once("connect", () => {
      if (!socket.recovered) session.got = [];
    });
    socket.on("number", (number: number, ...args: unknown[]) => {
      if (session.socket !== socket) return;
      session.got.push(number);
      assert.equal(args.length, 2, "the number's companion, and the offset");
      const [with_] = args;
      if (number % 3 === 0) assert.deepEqual([...new Uint8Array(with_ as Buffer)], [number % 256]);
      else assert.deepEqual(with_, number % 3 === 1 ? "text" : { number });
    });
    socket.connect();
    return socket;
  }

  #lose(client: Client): void {
    if (client.manager === undefined) return;
    const { engine } = client.manager;
    const isClean = this.#random.below(2) === 0;
    this.#note(isClean ? "loss" : "cut", client.name);
    this.#abandon(client);
    // It may have come to join nothing.
    if (isClean) engine?.close();
    else (engine?.transport as unknown as { ws?: { terminate(): void } | null })?.ws?.terminate();
  }

  /** Its connection is of no use, but is there yet as far as the server knows. */
  async #half(client: Client): Promise<void> {
    if (client.manager === undefined) return;
    this.#note("half", client.name);
    this.#abandon(client);
    for (let times = this.#random.below(3); times > 0; times--) await this.#emit();
    await this.#come(client);
  }

  /** From now on it has nothing of what comes by its connection. */
  #abandon(client: Client): void {
    this.#old.push(client.manager as Manager);
    client.manager = undefined;
    for (const session of client.sessions.values()) {
      const { socket } = session;
      if (session.state !== "in" || socket === undefined) continue;
      const { _pid, _lastOffset } = socket as unknown as Record<string, string | undefined>;
      Object.assign(session, { state: "away", socket: undefined, pid: _pid, offset: _lastOffset });
    }
  }

  async #comeTogether(): Promise<void> {
    const away = this.#clients.filter(({ manager }) => manager === undefined);
    await Promise.all(away.map((client) => this.#come(client)));
  }

  /** Rooms or data change. What is on its way may have been meant for a member: it has to be there. */
  async #change(client: Client): Promise<void> {
    await this.#settle();
    const session = this.#random.pick([...client.sessions.values()]);
    if (session.state !== "in") return;
    const what = this.#random.pick(["join", "leave", "count"]);
    const room = this.#random.pick(ROOMS);
    this.#note(what, client.name, session.nsp, room);
    if (what === "join") session.rooms.add(room);
    if (what === "leave") session.rooms.delete(room);
    if (what === "count") session.count += 1;
    await ask(session.socket as Socket, what, ...(what === "count" ? [] : [room]));
  }

  async #leave(client: Client): Promise<void> {
    await this.#settle();
    const session = this.#random.pick([...client.sessions.values()]);
    if (session.state !== "in") return;
    this.#note("leave namespace", client.name, session.nsp);
    session.socket?.disconnect();
    Object.assign(session, newSession(session.nsp));
    // Behind it, by the same connection: the server has read it.
    const [other] = [...client.sessions.values()].filter(({ state }) => state === "in");
    if (other?.socket !== undefined) await ask(other.socket, "who");
    else this.#lose(client);
    await delay(30);
  }

  /** By a middleware, where these run again: the session stays, to be recovered another time. */
  async #refused(client: Client): Promise<void> {
    if (this.#place.binding === "PLAIN") return;
    const away = [...client.sessions.values()].filter(({ state }) => state === "away");
    if (away.length === 0) return;
    if (client.manager === undefined) this.#connect(client);
    const session = this.#random.pick(away);
    this.#note("refused", client.name, session.nsp);
    const socket = this.#socketFor(client, session, { isRefused: true });
    session.socket = undefined;
    assert.equal(await answered(socket), "refused");
  }

  // --- objects -----------------------------------------------------------------------------------------

  async #sleep(): Promise<void> {
    const isClosing = this.#random.below(4) === 0;
    const shard = this.#isSpread ? this.#random.below(SHARDS) : 0;
    const name = this.#nameOf(shard);
    this.#note(isClosing ? "close" : "hibernate", shard);
    const { worker, binding } = this.#place;
    const mode = isClosing ? "close" : "hibernate";
    await worker()
      .evict(name, mode, binding)
      .catch((error: Error) => {
        if (!/not (currently )?(running|found|loaded|exist)/i.test(error.message)) throw error;
      });
    if (isClosing) this.#abandonAll(shard);
  }

  #abandonAll(shard?: number): void {
    for (const client of this.#clients) {
      if (client.manager === undefined) continue;
      if (shard === undefined || client.shard === shard) this.#abandon(client);
    }
  }

  /** With a pause before it, where writes are put off; sometimes without one, and then something may be lost. */
  async #endObject(): Promise<void> {
    const shard = this.#isSpread ? this.#random.below(SHARDS) : 0;
    const isHasty = this.#random.below(2) === 0;
    await this.#settle();
    if (this.#isSpread || !isHasty) await delay(WRITTEN);
    this.#note("abort", shard, isHasty);
    await this.#ask("/abort", shard);
    this.#abandonAll(shard);
    if (isHasty && this.#place.binding === "PLAIN") this.#mayBeginAnew();
  }

  async #kill(): Promise<void> {
    const isHasty = this.#random.below(2) === 0;
    await this.#settle();
    if (this.#isSpread || !isHasty) await delay(WRITTEN);
    this.#note("kill", isHasty);
    await this.#place.kill();
    this.#abandonAll();
    if (isHasty && this.#place.binding === "PLAIN") this.#mayBeginAnew();
  }

  #mayBeginAnew(): void {
    for (const { sessions } of this.#clients) {
      for (const session of sessions.values()) session.mayBeginAnew = session.state === "away";
    }
  }

  async #slow(milliseconds: number): Promise<void> {
    if (!this.#isSpread) return;
    const shard = this.#random.below(SHARDS);
    const all = milliseconds === 0 ? [0, 1, 2] : [shard];
    this.#note("slow", all, milliseconds);
    for (const each of all) await this.#ask("/latency", each, { milliseconds: `${milliseconds}` });
  }

  // --- what came ---------------------------------------------------------------------------------------

  /** Whoever is there has got all. */
  async #settle(): Promise<void> {
    const isThere = () =>
      this.#clients.every(({ sessions }) =>
        [...sessions.values()].every(
          ({ state, got, due, underWay }) =>
            state !== "in" || got.filter((n) => !underWay.has(n)).length >= due.length,
        ),
      );
    for (const end = Date.now() + PATIENCE; !isThere() && Date.now() < end; ) await delay(5);
    if (this.#isSpread) await delay(50);
    this.#compareGot();
  }

  #compareGot(): void {
    for (const { name, sessions } of this.#clients) {
      for (const session of sessions.values()) {
        if (session.state !== "in") continue;
        const { got, due, nsp, underWay } = session;
        for (const sender of [0, 1, 2]) {
          const by = (numbers: number[]) => numbers.filter((n) => this.#senders[n] === sender);
          // What was on its way when it came keeps its order, and comes once.
          const more = by(got).filter((n) => underWay.has(n));
          const expected = [...by(due), ...more].toSorted((one, other) => one - other);
          assert.deepEqual(by(got), expected, `${name} ${nsp}, sent by ${sender}`);
          for (const n of more) underWay.delete(n);
        }
        got.length = 0;
        due.length = 0;
      }
    }
  }

  async #compareAll(): Promise<void> {
    await this.#settle();
    for (const client of this.#clients) await this.#compare(client);
  }

  async #compare({ name, sessions }: Client): Promise<void> {
    for (const { state, socket, nsp, rooms, count } of sessions.values()) {
      if (state !== "in" || socket === undefined) continue;
      const [who] = await ask(socket, "who");
      assert.deepEqual(who, { rooms: [...rooms].sort(), name, count, key: name }, `${name} ${nsp}`);
    }
  }
}

function newSession(nsp: string): Session {
  return {
    nsp,
    state: "out",
    socket: undefined,
    id: "",
    pid: undefined,
    offset: undefined,
    rooms: new Set(),
    count: 0,
    due: [],
    underWay: new Set(),
    got: [],
    mayBeginAnew: false,
  };
}

/** What the server says to a CONNECT. */
function answered(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no answer to a CONNECT")), PATIENCE);
    const settle = (answer: string): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    socket.once("connect", () => settle("connect"));
    socket.once("connect_error", ({ message }) => settle(message));
  });
}

function end(manager: Manager | undefined): void {
  manager?.removeAllListeners();
  (manager as unknown as { engine?: { close(): void } } | undefined)?.engine?.close();
}
