/**
 * One of several objects that are one server together. It passes on what its application sends to members of
 * rooms on other shards, performs what others send, and is the home of some rooms: their homes know which
 * shards have members. A socket's own room has its home where the socket is, which its id tells.
 *
 *     emitter ── its own members at once
 *        └─ relay ─> home of the room ─ deliver ─> each shard with members
 *
 * Nothing runs while nothing is sent: no timer, no open call.
 */
import type { Runtime } from "../../engine/runtime.ts";
import type { Adapter } from "../adapter.ts";
import type { AdapterNamespace, AdapterServer } from "../namespace.ts";
import { NO_STORAGE } from "../no-storage.ts";
import { type MovableJournal, movableJournalOf } from "../recovery/movable-journal.ts";
import { nameOfRoom } from "../room-names.ts";
import { Arrivals } from "./arrivals.ts";
import { type Answer, type Call, type Target, VERSION } from "./calls.ts";
import type { Crossing } from "./crossing.ts";
import { Deliveries } from "./deliveries.ts";
import { Departures } from "./departures.ts";
import { type EmptiedRoom, EmptiedRooms } from "./emptied.ts";
import { HomeTable } from "./home-table.ts";
import { Interest } from "./interest.ts";
import { Link, type Peer } from "./link.ts";
import { Moving } from "./moving.ts";
import {
  isQuestion,
  merge,
  nothing,
  type Outcome,
  outcomeOf,
  patienceFor,
  within,
} from "./outcome.ts";
import { Outgoing } from "./outgoing.ts";
import { answerOf, type PerformingServer, perform } from "./perform.ts";
import { meantBy, type RoomOrAll, type ShardIds, type ShardIndex } from "./placement.ts";
import type { WantedSession } from "./session-taker.ts";
import {
  checkShardMessage,
  type Delivered,
  DIRECT,
  type Earlier,
  type Origin,
  type Passed,
  type ShardMessage,
  type ShardPart,
} from "./shard-messages.ts";

/** A call for members of rooms. */
export type TargetCall = Extract<Call, Target>;

/** The server that a shard is part of. */
export interface ShardServer extends PerformingServer, AdapterServer {
  /** The main namespace. */
  readonly sockets: { readonly adapter: Adapter };
}

/** What a shard is told by its host. */
export interface ShardPlace {
  readonly index: ShardIndex;
  /** The ids of its server. */
  readonly ids: ShardIds;
  /** How many shards there are: it may grow. */
  count(): number;
  /** Whether nothing but a session's id tells where its requests have to go. */
  readonly routesById: boolean;
  /** The name of a shard's object. */
  nameOf(index: ShardIndex): string;
  /** A new stub of another shard. */
  connect(index: ShardIndex): Peer;
}

/** A failing shard is told of so often, in milliseconds. */
const REPORT_INTERVAL = 1000;

const shards = new WeakMap<Runtime, Shard>();

/** The shard that a runtime's server is; undefined if it is one alone. */
export function shardOf(runtime: Runtime): Shard | undefined {
  return shards.get(runtime);
}

export class Shard {
  readonly index: ShardIndex;
  readonly #place: ShardPlace;
  readonly #runtime: Runtime;
  #server: ShardServer | undefined;
  readonly #table: HomeTable;
  readonly #interest: Interest;
  readonly #links = new Map<ShardIndex, Link>();
  readonly #deliveries = new Deliveries();
  readonly #departures: Departures;
  readonly #arrivals = new Arrivals((earlier) => this.#isExpected(earlier));
  readonly #outgoing = new Outgoing();
  readonly #emptied = new EmptiedRooms((rooms) => this.#withdraw(rooms));
  /** When it was told last that a shard does not answer, in milliseconds since the epoch. */
  readonly #reported = new Map<ShardIndex, number>();
  /** Tells this start of the object from all others: what it numbers, it numbers from 1 on with each. */
  readonly #life: string;
  /** The number of the last call that it has spread as the home of the rooms itself. */
  #lastNumber = 0;
  /** The number of the last call that it has made to all others itself. */
  #lastDirectNumber = 0;
  /** The number of its last message that journals keep. */
  #lastMessage = 0;
  /** Undefined where clients cannot recover their sessions. */
  #moving: Moving | undefined;

  /** To be made before the server. */
  constructor(runtime: Runtime, place: ShardPlace) {
    this.#runtime = runtime;
    this.#place = place;
    this.index = place.index;
    this.#life = runtime.generateId();
    const now = (): number => runtime.now();
    this.#departures = new Departures(now);
    const storage = runtime.host.storage ?? NO_STORAGE;
    this.#table = new HomeTable(storage);
    const send = (to: ShardIndex, part: ShardPart) => this.#link(to).send(part);
    this.#interest = new Interest(storage, place, send, now);
    runtime.markId = (id) => place.ids.mark(id, place.index);
    runtime.isSocketId = (name) => place.ids.shardOf(name) !== undefined;
    if (place.routesById) runtime.isFoundBy = runtime.isSocketId;
    shards.set(runtime, this);
  }

  /** The name of its object. */
  get name(): string {
    return this.#place.nameOf(this.index);
  }

  /** How many servers there are. */
  get count(): number {
    return this.#place.count();
  }

  /** The server is there, with the clients that it had before a sleep. To be called once. */
  serve(server: ShardServer): void {
    this.#server = server;
    const journal = movableJournalOf(server.sockets.adapter.nsp);
    if (journal !== undefined) this.#moving = new Moving(this.#crossing(server, journal));
    this.#runtime.whenStarted(() => this.#announceOlder(server));
  }

  /** Resolves once members of the room are reached from everywhere; undefined if they are by now. */
  announce(namespace: string, room: RoomOrAll): Promise<void> | undefined {
    // Who calls a socket by its id comes here first.
    if (this.#place.ids.shardOf(room) === this.index) return undefined;
    return this.#interest.announce(namespace, room);
  }

  /** Resolves once what is for everybody in the namespace gets here; undefined if it does by now. */
  announceNamespace(nsp: AdapterNamespace): Promise<void> | undefined {
    const interest = this.#interest;
    const { name } = nsp;
    if (interest.isReady && !interest.isAnnounced(name, null) && countMembers(nsp, null) > 0) {
      interest.noteAnnounced(name, null);
    }
    return interest.announce(name, null);
  }

  /** The room may have lost its last member here. */
  noteEmptied(namespace: string, room: RoomOrAll): void {
    const { index, ids } = this.#place;
    if (ids.shardOf(room) === index || !this.#interest.isReady) return;
    if (this.#interest.homeOf(namespace, room) !== index) this.#emptied.note(namespace, room);
  }

  /** Tells homes of rooms without members. Returns those for which somebody may come back. */
  #withdraw(rooms: readonly EmptiedRoom[]): EmptiedRoom[] {
    const byHome = new Map<string, { home: ShardIndex; namespace: string; rooms: RoomOrAll[] }>();
    const later: EmptiedRoom[] = [];
    for (const emptied of rooms) {
      const { namespace, room } = emptied;
      const nsp = this.#server?._nsps.get(namespace);
      if (nsp !== undefined && countMembers(nsp, room) > 0) continue;
      if (this.#emptyAmong(namespace, [room]).length === 0) {
        later.push(emptied);
        continue;
      }
      const home = this.#interest.homeOf(namespace, room);
      const key = `${home}${namespace}`;
      const others = byHome.get(key)?.rooms;
      if (others === undefined) byHome.set(key, { home, namespace, rooms: [room] });
      else others.push(room);
    }
    // Behind what was announced before, and in a call of its own: a home of an earlier version refuses it as a whole.
    for (const { home, ...part } of byHome.values()) {
      void this.#link(home).sendApart({ kind: "withdraw", ...part });
    }
    return later;
  }

  /** Resolves when what was announced of these rooms is known; undefined if it is by now. */
  whenAnnounced(namespace: string, rooms: Iterable<RoomOrAll>): Promise<void> | undefined {
    return this.#interest.pending(namespace, rooms);
  }

  /** Fetches a lost client's session from another shard; see `Moving`. */
  fetchSession(wanted: WantedSession): Promise<void> | undefined {
    return this.#moving?.fetch(wanted);
  }

  /** A session of this room is on its way here; see `Moving`. */
  awaitsSession(namespace: string, room: RoomOrAll): { parent: number | undefined } | undefined {
    return this.#moving?.awaits(namespace, room);
  }

  /** What tells a message from all others, wherever it is kept. */
  nextMessage(): string {
    this.#lastMessage += 1;
    return `${this.#life}.${this.#lastMessage.toString(36)}`;
  }

  // --- to others ---------------------------------------------------------------------------------------

  /**
   * Passes a call on to the other shards that have members. `finish` gets what they answer, if there are any.
   * `id`: the emitter's call's.
   */
  pass(call: TargetCall, finish?: (outcome: Outcome) => void, id?: string): void {
    const run = (): Promise<Outcome> | undefined => {
      const spreading = this.#spread(call, id);
      spreading?.then(finish);
      if (spreading === undefined) finish?.(nothing());
      return spreading;
    };
    if (!this.#interest.isReady) this.#outgoing.block(this.#interest.ready());
    if (CHANGES.has(call.kind)) this.#outgoing.change(run);
    else this.#outgoing.send(run);
  }

  /** Makes a call to all others, members or not: behind what has left before by way of homes. */
  passToAll(call: Call, finish: (outcome: Outcome) => void, id?: string): void {
    this.#outgoing.send(() => {
      const earlier = this.#departures.underWay().filter(({ origin }) => origin.channel !== DIRECT);
      const origin = this.#origin(DIRECT, () => this.#nextDirectNumber(), id);
      const passed = { origin, call, ...(earlier.length > 0 && { earlier }) };
      const outcomes = this.#others().map((index) => this.#deliver(index, passed));
      const all = Promise.all(outcomes).then(merge);
      this.#departures.add(origin, { namespace: call.namespace, rooms: [] }, all);
      all.then(finish);
      return all;
    });
  }

  /**
   * Makes a call from outside at the others, for a namespace that this shard does not have. Returns what it is
   * answered by, or a promise of it.
   */
  passOn(call: Call, id?: string): unknown {
    if (call.kind === "serverCount") return this.count;
    if (call.kind === "broadcast") call.message = id ?? this.nextMessage();
    const answer = new Promise<Outcome>((resolve) => {
      if ("rooms" in call) this.pass(call, resolve, id);
      else this.passToAll(call, resolve, id);
    });
    return isQuestion(call) ? answer : undefined;
  }

  /**
   * By each room's home. Who is in rooms of several homes gets it by the first of these: for the others those
   * rooms are excepted.
   */
  #spread(call: TargetCall, id: string | undefined): Promise<Outcome> | undefined {
    const outcomes: Promise<Outcome>[] = [];
    const before: Target["rooms"] = [];
    const underWay = this.#departures.underWay();
    for (const [home, rooms] of this.#byHome(call)) {
      const part = { ...call, rooms, except: [...call.except, ...before] };
      before.push(...rooms);
      const earlier = underWay.filter(({ origin }) => origin.channel !== home);
      const next = () => (home === this.index ? this.#nextNumber() : this.#link(home).nextNumber());
      const origin = this.#origin(home, next, id);
      const passed = { origin, call: part, ...(earlier.length > 0 && { earlier }) };
      const outcome =
        home === this.index
          ? merged(this.#deliverToMembers(passed, part))
          : this.#sendHome(home, passed, part);
      if (outcome === undefined) continue;
      outcomes.push(outcome);
      // What only tells something is not among what is performed once.
      if (call.kind !== "fetchSockets") this.#departures.add(origin, part, outcome);
    }
    return merged(outcomes);
  }

  #byHome({ namespace, rooms }: TargetCall): Iterable<[ShardIndex, Target["rooms"]]> {
    if (rooms.length === 0) return [[this.#interest.homeOf(namespace, null), []]];
    const homes = new Map<ShardIndex, Target["rooms"]>();
    for (const room of rooms) {
      const home = this.#interest.homeOf(namespace, room);
      const others = homes.get(home);
      if (others === undefined) homes.set(home, [room]);
      else others.push(room);
    }
    return homes;
  }

  async #sendHome(home: ShardIndex, passed: Passed, call: TargetCall): Promise<Outcome> {
    const answering = this.#link(home).send({ kind: "relay", ...passed });
    const answer = await within(patienceFor(call, 2), answering, late);
    if (!("error" in answer)) return outcomeOf(answer.value);
    const failure = this.#failure(home, answer.error);
    // Nobody else knows where members are. Who has got it already performs it once.
    const rest = this.#others().filter((index) => index !== home);
    const outcomes = await Promise.all(rest.map((index) => this.#deliver(index, passed)));
    return merge([failure, ...outcomes]);
  }

  /** As the home of rooms, for another shard: to this one's own members, and to all others that have any. */
  #relay(passed: Passed, call: TargetCall): Promise<Outcome> | undefined {
    const here = this.#performHere(passed, call);
    return merged([here, ...this.#deliverToMembers(passed, call)]);
  }

  /** As the home of rooms: to the other shards that have members, but not to where the call comes from. */
  #deliverToMembers(passed: Passed, call: TargetCall): Promise<Outcome>[] {
    const { origin } = passed;
    const outcomes: Promise<Outcome>[] = [];
    const { namespace, rooms } = call;
    const members = new Set(
      meantBy(rooms).flatMap((room) => this.#table.shardsWith(namespace, room)),
    );
    for (const index of members) {
      if (index !== origin.shard && index !== this.index) {
        outcomes.push(this.#deliver(index, passed));
      }
    }
    return outcomes;
  }

  async #deliver(index: ShardIndex, passed: Passed): Promise<Outcome> {
    const { call } = passed;
    const since = this.#table.now;
    const part: ShardPart = { ...passed, kind: "deliver" };
    const answer = await within(patienceFor(call, 1), this.#link(index).send(part), late);
    if ("error" in answer) return this.#failure(index, answer.error);
    const { empty, value } = (answer.value ?? {}) as Partial<Delivered>;
    if (Array.isArray(empty)) {
      for (const room of empty) this.#table.remove(call.namespace, room, index, since);
    }
    return outcomeOf(value);
  }

  #failure(index: ShardIndex, why: string): Outcome {
    const failure = `${this.#place.nameOf(index)}: ${why}`;
    const now = this.#runtime.now();
    if (now - (this.#reported.get(index) ?? 0) >= REPORT_INTERVAL) {
      this.#reported.set(index, now);
      this.#runtime._report(new Error(`no answer of ${failure}`), "shards");
    }
    return { ...nothing(), failures: [failure] };
  }

  // --- from others -------------------------------------------------------------------------------------

  /** Performs what another shard asks for; the message is checked. Throws a TypeError for what is none. */
  receive(message: unknown): Promise<Answer[]> {
    const { from, parts } = checkShardMessage(message);
    return Promise.all(parts.map((part) => answerOf(() => this.#handle(from, part))));
  }

  #handle(from: ShardIndex, part: ShardPart): unknown {
    switch (part.kind) {
      case "relay":
        if (!("rooms" in part.call)) throw new TypeError("dormouse: a call without rooms");
        return this.#relay(passedIn(part), part.call);
      case "deliver":
        return this.#handleDelivery(part);
      case "announce":
        this.#table.add(part.namespace, part.room, from);
        return undefined;
      case "withdraw":
        for (const room of part.rooms) {
          this.#table.remove(part.namespace, room, from, this.#table.now);
        }
        return undefined;
      case "homes":
        return this.#interest.homesForOthers();
      case "fence":
        return part.to === undefined ? this.#arrivals.whenPerformed() : this.#fenceOff(part.to);
      default:
        return this.#moving?.handle(from, part);
    }
  }

  async #handleDelivery(passed: Passed): Promise<Delivered> {
    const { call } = passed;
    const empty = "rooms" in call ? this.#emptyRooms(call) : [];
    return { empty, value: await this.#perform(passed, call) };
  }

  async #performHere(passed: Passed, call: TargetCall): Promise<Outcome> {
    try {
      return outcomeOf(await this.#perform(passed, call));
    } catch (error) {
      return this.#failure(this.index, error instanceof Error ? error.message : String(error));
    }
  }

  #perform({ origin, earlier = [] }: Passed, call: Call): unknown {
    const server = this.#server as ShardServer;
    // What only tells something may be asked again.
    if (call.kind === "fetchSockets") return perform(server, call, "server");
    const run = () => perform(server, call, "server");
    return this.#arrivals.perform(origin, earlier, () =>
      this.#deliveries.once(origin, isQuestion(call), run),
    );
  }

  /** Whether it comes here, for there are members, and has not yet. */
  #isExpected({ origin, namespace, rooms }: Earlier): boolean {
    if (this.#deliveries.isBehind(origin)) return false;
    const server = this.#server as ShardServer;
    const nsp = server._nsps.get(namespace);
    const interest = this.#interest;
    return meantBy(rooms).some((room) => {
      // Its home does not know of members here.
      if (interest.pending(namespace, [room]) !== undefined) return false;
      if (interest.isAnnounced(namespace, room)) return true;
      if (nsp !== undefined && countMembers(nsp, room) > 0) return true;
      // Nor does this one remember what it has announced before a sleep for who may come back.
      return server.sockets.adapter._awaits(namespace, room) !== undefined;
    });
  }

  /** Rooms of a call that have no members here. Whoever comes next announces them again. */
  #emptyRooms({ namespace, rooms }: TargetCall): RoomOrAll[] {
    return this.#emptyAmong(namespace, meantBy(rooms));
  }

  /** Which of these rooms have no members here. */
  #emptyAmong(namespace: string, rooms: readonly RoomOrAll[]): RoomOrAll[] {
    const server = this.#server as ShardServer;
    const nsp = server._nsps.get(namespace);
    const empty = rooms.filter((room) => {
      // The home's answer is not here yet: a member may be waiting for it.
      if (this.#interest.pending(namespace, [room]) !== undefined) return false;
      if (nsp !== undefined && countMembers(nsp, room) > 0) return false;
      // Whoever comes back must not have missed anything.
      return server.sockets.adapter._awaits(namespace, room) === undefined;
    });
    for (const room of empty) this.#interest.forget(namespace, room);
    return empty;
  }

  // --- sessions that move ------------------------------------------------------------------------------

  #crossing(server: AdapterServer, journal: MovableJournal): Crossing {
    return {
      index: this.index,
      runtime: this.#runtime,
      server,
      journal,
      birthplaceOf: (id) => {
        const shard = this.#place.ids.shardOf(id);
        return shard !== undefined && shard < this.count ? shard : undefined;
      },
      ask: (shard, part) => this.#link(shard).sendApart(part),
      announceAll: async (namespace, rooms) => {
        await Promise.all([null, ...rooms].map((room) => this.announce(namespace, room)));
      },
      fence: (to, namespace, rooms) => this.#fence(to, namespace, rooms),
      forgetOwnRoom: (namespace, room, shard) => {
        this.#table.remove(namespace, room, shard, this.#table.now);
      },
    };
  }

  /** Behind all that its application has sent to these rooms, by every way that it may have taken. */
  async #fence(to: ShardIndex, namespace: string, rooms: readonly RoomOrAll[]): Promise<void> {
    await this.#interest.ready();
    const passed = new Promise<unknown>((resolve) => {
      this.#outgoing.send(() => {
        const homes = new Set(
          [null, ...rooms].map((room) => this.#interest.homeOf(namespace, room)),
        );
        const others = [...homes].filter((home) => home !== this.index && home !== to);
        const through = others.map((home) => this.#fenceAt(home, { kind: "fence", to }));
        resolve(Promise.all([this.#fenceOff(to), ...through]));
        return undefined;
      });
    });
    await passed;
  }

  /** Behind all that was sent there from here. */
  #fenceOff(to: ShardIndex): Promise<void> {
    if (to >= this.count || to === this.index) return Promise.resolve();
    return this.#fenceAt(to, { kind: "fence" });
  }

  async #fenceAt(shard: ShardIndex, part: ShardPart): Promise<void> {
    const answer = await this.#link(shard).sendApart(part);
    if ("error" in answer) throw new Error(`shard ${shard}: ${answer.error}`);
  }

  // --- the rest ----------------------------------------------------------------------------------------

  /** Members from before this object was a shard are not known to others. */
  #announceOlder(server: ShardServer): void {
    if (this.#interest.isReady || !this.#runtime.hasConnections) return;
    for (const { name, adapter } of server._nsps.values()) {
      const rooms: RoomOrAll[] = [...adapter.rooms.keys()];
      if (rooms.length > 0) rooms.push(null);
      for (const room of rooms) this.announce(name, room);
    }
  }

  #others(): ShardIndex[] {
    return Array.from({ length: this.count }, (_, index) => index).filter(
      (index) => index !== this.index,
    );
  }

  /** `next`: the next number, of what no emitter has numbered. */
  #origin(channel: number, next: () => number, id: string | undefined): Origin {
    const { index: shard } = this;
    if (id !== undefined) return { shard, life: id, isEmitters: true, channel, number: 0 };
    return { shard, life: this.#life, channel, number: next() };
  }

  #nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  #nextDirectNumber(): number {
    this.#lastDirectNumber += 1;
    return this.#lastDirectNumber;
  }

  #link(index: ShardIndex): Link {
    const existing = this.#links.get(index);
    if (existing !== undefined) return existing;
    const link = new Link({
      connect: () => this.#place.connect(index),
      message: (parts): ShardMessage => {
        this.#runtime.beforeSending?.();
        return { version: VERSION, from: this.index, parts };
      },
      now: () => this.#runtime.now(),
    });
    this.#links.set(index, link);
    return link;
  }
}

/** What changes who is where. */
const CHANGES: ReadonlySet<Call["kind"]> = new Set([
  "socketsJoin",
  "socketsLeave",
  "disconnectSockets",
]);

/** All of them together; undefined if there are none. */
function merged(outcomes: readonly Promise<Outcome>[]): Promise<Outcome> | undefined {
  return outcomes.length === 0 ? undefined : Promise.all(outcomes).then(merge);
}

/** What is passed on of a part: not what kind of part it is. */
function passedIn({ origin, call, earlier }: Passed): Passed {
  return earlier === undefined ? { origin, call } : { origin, call, earlier };
}

function late(): Answer {
  return { error: "it did not answer in time" };
}

function countMembers(nsp: AdapterNamespace, room: RoomOrAll): number {
  const { _runtime: runtime, _handle: handle } = nsp;
  if (room === null) return runtime.resolve(handle, [], []).sessions.length;
  return runtime.membersOf(handle, nameOfRoom(room)).sessions.length;
}
