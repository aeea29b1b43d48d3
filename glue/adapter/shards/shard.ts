/**
 * One of several objects that are one server together. It sends what its application emits to members of rooms on
 * other shards (`sender.ts`), performs what they send (`receiver.ts`), and is the *home* of some rooms: their home
 * knows which shards have members (`home-table.ts`). A socket's own room has its home where the socket is, which its
 * id tells.
 *
 * Nothing runs while nothing is sent: no timer, no open call.
 */
import type { Runtime } from "../../engine/runtime/runtime.ts";
import { type Call, isQuestion } from "../calls/calls.ts";
import { type MovableJournal, movableJournalOf } from "../recovery/movable-journal.ts";
import { NO_STORAGE } from "../recovery/no-storage.ts";
import type { EmitterCall } from "../rooms/adapter.ts";
import type { AdapterServer } from "../rooms/adapter-namespace.ts";
import { Receiver, type ReceivingShard } from "./delivery/receiver.ts";
import { Sender } from "./delivery/sender.ts";
import { AnnouncedRooms } from "./homes/announced-rooms.ts";
import { HomeTable } from "./homes/home-table.ts";
import { LocalRooms } from "./homes/local-rooms.ts";
import { OtherShards } from "./messages/other-shards.ts";
import type { Outcome } from "./messages/outcome.ts";
import type { MovingPart } from "./messages/session-messages.ts";
import type { ShardPlace, ShardServer } from "./messages/shard-place.ts";
import type { RoomOrAll, ShardIndex } from "./placement/placement.ts";
import type { MovingOwner } from "./sessions/moving-owner.ts";
import { MovingSessions } from "./sessions/moving-sessions.ts";
import type { WantedSession } from "./sessions/session-taker.ts";

const shards = new WeakMap<Runtime, Shard>();

/** The shard that a runtime's server is; undefined if it is the whole server. */
export function shardOf(runtime: Runtime): Shard | undefined {
  return shards.get(runtime);
}

export class Shard implements ReceivingShard {
  readonly index: ShardIndex;
  readonly peers: OtherShards;
  /** Which shards have members of the rooms whose home this shard is. */
  readonly table: HomeTable;
  /** Where the homes of rooms are, and what they were told. */
  readonly announced: AnnouncedRooms;
  /** Which rooms have members here. */
  readonly localRooms: LocalRooms;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly #place: ShardPlace;
  readonly #runtime: Runtime;
  #server: ShardServer | undefined;
  /** Undefined where clients cannot recover their sessions. */
  #moving: MovingSessions | undefined;

  /** To be made before the server. */
  constructor(runtime: Runtime, place: ShardPlace) {
    this.#runtime = runtime;
    this.#place = place;
    this.index = place.index;
    const storage = runtime.host.storage ?? NO_STORAGE;
    this.peers = new OtherShards(runtime, place);
    this.table = new HomeTable(storage);
    this.announced = new AnnouncedRooms(
      storage,
      place,
      (to, part) => this.peers.linkTo(to).send(part),
      () => runtime.now(),
    );
    this.localRooms = new LocalRooms(runtime, place, this.announced, this.peers);
    this.sender = new Sender(runtime, place, this);
    this.receiver = new Receiver(this);
    runtime.markId = (id) => place.ids.mark(id, place.index);
    runtime.isSocketId = (name) => place.ids.shardOf(name) !== undefined;
    if (place.routesById) runtime.isFoundBy = runtime.isSocketId;
    shards.set(runtime, this);
  }

  /** The name of its object. */
  get name(): string {
    return this.#place.nameOf(this.index);
  }

  /** How many shards there are. */
  get count(): number {
    return this.#place.count();
  }

  get server(): ShardServer {
    if (this.#server === undefined) throw new Error("dormouse: the shard has no server yet");
    return this.#server;
  }

  /** The server is there, with the clients that it had before a sleep. To be called once. */
  serve(server: ShardServer): void {
    this.#server = server;
    const journal = movableJournalOf(server.sockets.adapter.nsp);
    if (journal !== undefined)
      this.#moving = new MovingSessions(this.#movingOwner(server, journal));
    this.localRooms.serve(server);
  }

  /**
   * Performs an emitter's call for a namespace that this shard does not have, on the others. Returns its answer, or a
   * promise of it.
   */
  passOn(call: Call, emitted?: EmitterCall): unknown {
    if (call.kind === "serverCount") return this.count;
    if (call.kind === "broadcast") call.message = emitted?.id ?? this.sender.nextMessage();
    if (!isQuestion(call)) return this.sender.tell(call, emitted);
    return new Promise<Outcome>((resolve) => this.sender.pass(call, resolve, emitted?.id));
  }

  // --- sessions that move between shards ---------------------------------------------------------------

  /** Fetches a lost client's session from another shard; see `MovingSessions`. */
  fetchSession(wanted: WantedSession): Promise<void> | undefined {
    return this.#moving?.fetch(wanted);
  }

  /** Whether a session that is in this room is on its way here; see `MovingSessions`. */
  awaitsSession(namespace: string, room: RoomOrAll): { parent: number | undefined } | undefined {
    return this.#moving?.awaits(namespace, room);
  }

  handleMoving(from: ShardIndex, part: MovingPart): unknown {
    return this.#moving?.handle(from, part);
  }

  #movingOwner(server: AdapterServer, journal: MovableJournal): MovingOwner {
    return {
      index: this.index,
      runtime: this.#runtime,
      server,
      journal,
      birthplaceOf: (id) => {
        const shard = this.#place.ids.shardOf(id);
        return shard !== undefined && shard < this.count ? shard : undefined;
      },
      ask: (shard, part) => this.peers.linkTo(shard).sendApart(part),
      announceAll: async (namespace, rooms) => {
        await Promise.all(
          [null, ...rooms].map((room) => this.localRooms.announce(namespace, room)),
        );
      },
      fence: (to, namespace, rooms) => this.sender.fence(to, namespace, rooms),
      forgetOwnRoom: (namespace, room, shard) => {
        this.table.remove(namespace, room, shard, this.table.now);
      },
    };
  }
}
