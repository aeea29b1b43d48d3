/**
 * Sends a shard's calls to other shards: by way of each room's home, which knows the shards with members.
 *
 *     emitter ── its own members at once
 *        └─ relay ─> home of the room ─ deliver ─> each shard with members
 *
 * Calls for all shards, with members or not, go directly.
 */
import type { Runtime } from "../../../engine/runtime/runtime.ts";
import {
  type Answer,
  type Call,
  isQuestion,
  type Target,
  type TargetCall,
} from "../../calls/calls.ts";
import type { EmitterCall } from "../../rooms/adapter.ts";
import type { AnnouncedRooms } from "../homes/announced-rooms.ts";
import type { HomeTable } from "../homes/home-table.ts";
import type { OtherShards } from "../messages/other-shards.ts";
import { merge, mergeAll, nothing, type Outcome, outcomeOf } from "../messages/outcome.ts";
import { patienceFor, within } from "../messages/patience.ts";
import {
  type Delivered,
  DIRECT,
  type Earlier,
  type Origin,
  type Passed,
  type ShardPart,
} from "../messages/shard-messages.ts";
import type { ShardPlace } from "../messages/shard-place.ts";
import { meantBy, type RoomOrAll, type ShardIndex } from "../placement/placement.ts";
import { CallsUnderWay, PATIENCE } from "./calls-under-way.ts";
import { SendQueue, TOO_MUCH_WAITS } from "./send-queue.ts";
import { sendable } from "./sendable-calls.ts";

/** Calls that change who is in which room. */
const CHANGES: ReadonlySet<Call["kind"]> = new Set([
  "socketsJoin",
  "socketsLeave",
  "disconnectSockets",
]);

export class Sender {
  readonly #place: ShardPlace;
  readonly #peers: OtherShards;
  readonly #announced: AnnouncedRooms;
  readonly #table: HomeTable;
  readonly #underWay: CallsUnderWay;
  readonly #queue = new SendQueue();
  /** New with each start of the object, as numbers begin with 1 again. */
  readonly #life: string;
  /** The number of the last call to rooms whose home is this shard. */
  #lastNumber = 0;
  /** The number of the last call to all others. */
  #lastDirectNumber = 0;
  /** The number of the last message. */
  #lastMessage = 0;

  constructor(
    runtime: Runtime,
    place: ShardPlace,
    {
      peers,
      announced,
      table,
    }: { peers: OtherShards; announced: AnnouncedRooms; table: HomeTable },
  ) {
    this.#place = place;
    this.#peers = peers;
    this.#announced = announced;
    this.#table = table;
    this.#underWay = new CallsUnderWay(() => runtime.now());
    this.#life = runtime.generateId();
  }

  /** An id for a message that is unique in all shards' journals, see `KeptPacket`. */
  nextMessage(): string {
    this.#lastMessage += 1;
    return `${this.#life}.${this.#lastMessage.toString(36)}`;
  }

  /**
   * Makes a call on the other shards that have members of its rooms; on all, if it is for servers. Throws for a call that
   * is too large, see `sendable`. `emitted`: the emitter's call that it is. The emitter is answered when the others have
   * got it, or are not waited for any longer: if this shard ends before, the emitter sends it again.
   */
  tell(call: Call, emitted?: EmitterCall): void {
    if (emitted === undefined) {
      this.pass(call);
      return;
    }
    const passing = new Promise<Outcome>((resolve) => this.pass(call, resolve, emitted.id));
    emitted.waitFor(within(PATIENCE, passing, nothing));
  }

  /** The same. `finish` gets the others' answers. `id`: the id of an emitter's call, if it is one. */
  pass(call: Call, finish?: (outcome: Outcome) => void, id?: string): void {
    if ("rooms" in call) this.#passToMembers(call, finish, id);
    else this.#passToAll(call, finish, id);
  }

  #passToMembers(
    call: TargetCall,
    finish: ((outcome: Outcome) => void) | undefined,
    id: string | undefined,
  ): void {
    const sent = sendable(call);
    if (sent === undefined) {
      finish?.(nothing());
      return;
    }
    const end = finish && this.#inTime(call, finish);
    const run = (): Promise<Outcome> | undefined => {
      // If shard 0 has still not said where homes are, all other shards are called.
      const spreading = this.#announced.isReady
        ? this.#spread(sent, id)
        : this.#sendToAll(sent, id);
      spreading?.then(end);
      if (spreading === undefined) end?.(nothing());
      return spreading && arrivalOf(call, spreading);
    };
    if (!this.#announced.isReady) this.#queue.block(this.#announced.ready());
    const queue = this.#queue;
    const isTaken = CHANGES.has(call.kind) ? queue.change(sent, run) : queue.send(sent, run);
    if (!isTaken) this.#refuse(end);
  }

  /** Makes a call on all other shards, ordered behind earlier calls by way of homes. */
  #passToAll(
    call: Call,
    finish: ((outcome: Outcome) => void) | undefined,
    id: string | undefined,
  ): void {
    sendable(call);
    const end = finish && this.#inTime(call, finish);
    const isTaken = this.#queue.send(call, () => {
      const all = this.#sendToAll(call, id);
      all.then(end);
      return arrivalOf(call, all);
    });
    if (!isTaken) this.#refuse(end);
  }

  /** Reports, to the caller and in the log, that a call is not sent because too much waits. */
  #refuse(end: ((outcome: Outcome) => void) | undefined): void {
    const outcome = this.#peers.failure(this.#place.index, TOO_MUCH_WAITS);
    end?.(outcome);
  }

  /** Makes a call on all other shards directly. */
  #sendToAll(call: Call, id: string | undefined): Promise<Outcome> {
    const earlier = this.#underWay.list().filter(({ origin }) => origin.channel !== DIRECT);
    const origin = this.#origin(DIRECT, id);
    const passed = makePassed(origin, call, earlier);
    const outcomes = this.#peers.others().map((index) => this.#deliver(index, passed));
    const all = Promise.all(outcomes).then(merge);
    this.#underWay.add(origin, { namespace: call.namespace, rooms: [] }, all);
    return all;
  }

  /** Limits how long the caller waits for answers, also while earlier calls hold this one up. */
  #inTime(call: Call, finish: (outcome: Outcome) => void): (outcome: Outcome) => void {
    const patience = patienceFor(call, 4);
    if (patience === undefined) return finish;
    const why = "what was sent before is still on its way";
    let tell = (_outcome: Outcome): void => {};
    const telling = new Promise<Outcome>((resolve) => {
      tell = resolve;
    });
    within(patience, telling, () => this.#peers.failure(this.#place.index, why)).then(finish);
    return tell;
  }

  /** As the home of rooms: delivers to the other shards with members, but not to the one that the call comes from. */
  deliverToMembers(passed: Passed, { namespace, rooms }: Target): Promise<Outcome>[] {
    const members = new Set(
      meantBy(rooms).flatMap((room) => this.#table.shardsWith(namespace, room)),
    );
    members.delete(passed.origin.shard);
    members.delete(this.#place.index);
    return Array.from(members, (index) => this.#deliver(index, passed));
  }

  /** Resolves once `to` has performed what was sent to these rooms until now, directly or by their homes. */
  async fence(to: ShardIndex, namespace: string, rooms: readonly RoomOrAll[]): Promise<void> {
    await this.#announced.ready();
    const passed = new Promise<unknown>((resolve, reject) => {
      const isTaken = this.#queue.send(rooms, () => {
        const homes = new Set(
          [null, ...rooms].map((room) => this.#announced.homeOf(namespace, room)),
        );
        const others = [...homes].filter((home) => home !== this.#place.index && home !== to);
        const through = others.map((home) => this.#fenceAt(home, { kind: "fence", to }));
        resolve(Promise.all([this.fenceOff(to), ...through]));
        return undefined;
      });
      if (!isTaken) reject(new Error(TOO_MUCH_WAITS));
    });
    await passed;
  }

  /** Resolves once `to` has performed what this shard itself has sent there until now. */
  fenceOff(to: ShardIndex): Promise<void> {
    if (to >= this.#place.count() || to === this.#place.index) return Promise.resolve();
    return this.#fenceAt(to, { kind: "fence" });
  }

  async #fenceAt(shard: ShardIndex, part: ShardPart): Promise<void> {
    const answer = await this.#peers.linkTo(shard).sendApart(part);
    if ("error" in answer) throw new Error(`shard ${shard}: ${answer.error}`);
  }

  /**
   * Sends a part of the call to each home of its rooms. A client may be in rooms of several homes: for each home, the
   * rooms of those before it are excepted, so that the client gets it once.
   */
  #spread(call: TargetCall, id: string | undefined): Promise<Outcome> | undefined {
    const outcomes: Promise<Outcome>[] = [];
    const before: Target["rooms"] = [];
    const underWay = this.#underWay.list();
    for (const [home, rooms] of this.#byHome(call)) {
      const part = { ...call, rooms, except: [...call.except, ...before] };
      before.push(...rooms);
      const earlier = underWay.filter(({ origin }) => origin.channel !== home);
      const origin = this.#origin(home, id);
      const passed = makePassed(origin, part, earlier);
      const outcome =
        home === this.#place.index
          ? mergeAll(this.deliverToMembers(passed, part))
          : this.#sendHome(home, passed, part);
      if (outcome === undefined) continue;
      outcomes.push(outcome);
      // A call that changes nothing needs no order, see `Receiver`.
      if (call.kind !== "fetchSockets") this.#underWay.add(origin, part, outcome);
    }
    return mergeAll(outcomes);
  }

  #byHome({ namespace, rooms }: TargetCall): Iterable<[ShardIndex, Target["rooms"]]> {
    if (rooms.length === 0) return [[this.#announced.homeOf(namespace, null), []]];
    const homes = new Map<ShardIndex, Target["rooms"]>();
    for (const room of rooms) {
      const home = this.#announced.homeOf(namespace, room);
      const others = homes.get(home);
      if (others === undefined) homes.set(home, [room]);
      else others.push(room);
    }
    return homes;
  }

  async #sendHome(home: ShardIndex, passed: Passed, call: TargetCall): Promise<Outcome> {
    const answering = this.#peers.linkTo(home).send({ kind: "relay", ...passed });
    const answer = await within(patienceFor(call, 2), answering, late);
    if (!("error" in answer)) return outcomeOf(answer.value);
    const failure = this.#peers.failure(home, answer.error);
    // Only the home knows the shards with members, so all are called. Those that the home did reach perform it once.
    const rest = this.#peers.others().filter((index) => index !== home);
    const outcomes = await Promise.all(rest.map((index) => this.#deliver(index, passed)));
    return merge([failure, ...outcomes]);
  }

  async #deliver(index: ShardIndex, passed: Passed): Promise<Outcome> {
    const { call } = passed;
    const since = this.#table.now;
    const part: ShardPart = { ...passed, kind: "deliver" };
    const answer = await within(patienceFor(call, 1), this.#peers.linkTo(index).send(part), late);
    if ("error" in answer) return this.#peers.failure(index, answer.error);
    const { empty, value } = (answer.value ?? {}) as Partial<Delivered>;
    if (Array.isArray(empty)) {
      for (const room of empty) this.#table.remove(call.namespace, room, index, since);
    }
    return outcomeOf(value);
  }

  /** `channel`: the home that the call goes by, or `DIRECT`. An emitter's call has its id for a number. */
  #origin(channel: number, id: string | undefined): Origin {
    const { index: shard } = this.#place;
    if (id !== undefined) return { shard, life: id, isEmitters: true, channel, number: 0 };
    return { shard, life: this.#life, channel, number: this.#nextNumber(channel) };
  }

  #nextNumber(channel: number): number {
    if (channel === DIRECT) return ++this.#lastDirectNumber;
    if (channel === this.#place.index) return ++this.#lastNumber;
    return this.#peers.linkTo(channel).nextNumber();
  }
}

/** Until when a call holds up others: until it is answered, but not as long as clients may take to answer. */
function arrivalOf(call: Call, outcome: Promise<Outcome>): Promise<Outcome> {
  return isQuestion(call) ? within(PATIENCE, outcome, nothing) : outcome;
}

function makePassed(origin: Origin, call: Call, earlier: Earlier[]): Passed {
  return earlier.length > 0 ? { origin, call, earlier } : { origin, call };
}

function late(): Answer {
  return { error: "it did not answer in time" };
}
