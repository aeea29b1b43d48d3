/**
 * Tells homes which rooms have members on this shard: of the first member at once (`announced-rooms.ts`), and of rooms
 * that stay empty only if there are many (`emptied-rooms.ts`).
 *
 * A socket's own room is never announced: its id tells its shard, so that is its home.
 */
import type { Runtime } from "../../../engine/runtime/runtime.ts";
import type { AdapterNamespace } from "../../rooms/adapter-namespace.ts";
import { nameOfRoom } from "../../rooms/room-names.ts";
import type { OtherShards } from "../messages/other-shards.ts";
import type { ShardPlace, ShardServer } from "../messages/shard-place.ts";
import type { RoomOrAll, ShardIndex } from "../placement/placement.ts";
import type { AnnouncedRooms } from "./announced-rooms.ts";
import { type EmptiedRoom, EmptiedRooms } from "./emptied-rooms.ts";
import { UnreachedRooms } from "./unreached-rooms.ts";

export class LocalRooms {
  readonly #runtime: Runtime;
  readonly #place: ShardPlace;
  readonly #announced: AnnouncedRooms;
  readonly #peers: OtherShards;
  #server: ShardServer | undefined;
  readonly #emptied = new EmptiedRooms((rooms) => this.#withdraw(rooms));
  readonly #unreached = new UnreachedRooms((namespace, room) => {
    if (this.#isNeeded(namespace, room)) this.announce(namespace, room);
  });

  constructor(runtime: Runtime, place: ShardPlace, announced: AnnouncedRooms, peers: OtherShards) {
    this.#runtime = runtime;
    this.#place = place;
    this.#announced = announced;
    this.#peers = peers;
  }

  /** The server is there. To be called once. */
  serve(server: ShardServer): void {
    this.#server = server;
    this.#runtime.whenStarted(() => this.#announceOlder(server));
  }

  /** Resolves once broadcasts of other shards to this room arrive here; undefined if they do already. */
  announce(namespace: string, room: RoomOrAll): Promise<void> | undefined {
    const { index, ids } = this.#place;
    if (ids.shardOf(room) === index) return undefined;
    const announced = this.#announced;
    const isUnderWay = announced.pending(namespace, [room]) !== undefined;
    const announcing = announced.announce(namespace, room);
    this.#unreached.forget(namespace, room);
    if (!isUnderWay)
      announcing?.catch((error: Error) => this.#noteUnreached(namespace, room, error));
    return announcing;
  }

  #noteUnreached(namespace: string, room: RoomOrAll, { message }: Error): void {
    this.#unreached.note(namespace, room);
    // It is in the log, for whoever joins may not wait for it.
    this.#peers.failure(this.#announced.homeOf(namespace, room), message);
  }

  /** Resolves once broadcasts of other shards to the namespace arrive here; undefined if they do already. */
  announceNamespace(nsp: AdapterNamespace): Promise<void> | undefined {
    const announced = this.#announced;
    const { name } = nsp;
    const isKnown = announced.isAnnounced(name, null) || this.#unreached.has(name, null);
    // Members from before a sleep were announced then.
    if (announced.isReady && !isKnown && count(nsp, null) > 0) announced.noteAnnounced(name, null);
    return this.announce(name, null);
  }

  /** Resolves when what is being announced of these rooms is known; undefined if nothing is. */
  whenAnnounced(namespace: string, rooms: Iterable<RoomOrAll>): Promise<void> | undefined {
    for (const room of rooms) {
      if (this.#unreached.has(namespace, room)) this.announce(namespace, room);
    }
    return this.#announced.pending(namespace, rooms);
  }

  /** To be called when the room may have lost its last member here. */
  noteEmptied(namespace: string, room: RoomOrAll): void {
    const { index, ids } = this.#place;
    if (ids.shardOf(room) === index || !this.#announced.isReady) return;
    if (this.#announced.homeOf(namespace, room) !== index) this.#emptied.note(namespace, room);
  }

  /** Whether broadcasts to the room come here, as its home knows it. */
  isReached(namespace: string, room: RoomOrAll): boolean {
    const announced = this.#announced;
    if (announced.pending(namespace, [room]) !== undefined) return false;
    if (this.#unreached.has(namespace, room)) return false;
    // After a sleep the announced rooms are not remembered; but rooms with members were announced.
    return announced.isAnnounced(namespace, room) || this.#isNeeded(namespace, room);
  }

  /** Which of these rooms have no members here. They are announced again when somebody joins. */
  takeEmpty(namespace: string, rooms: readonly RoomOrAll[]): RoomOrAll[] {
    const empty = rooms.filter((room) => {
      // While a room is being announced, a member may be waiting for that.
      if (this.#announced.pending(namespace, [room]) !== undefined) return false;
      return !this.#isNeeded(namespace, room);
    });
    for (const room of empty) this.#announced.forget(namespace, room);
    return empty;
  }

  /** Whether the room has members here, or lost clients that may come back and must not miss anything. */
  #isNeeded(namespace: string, room: RoomOrAll): boolean {
    return (
      this.#hasMembers(namespace, room) ||
      this.#server?.sockets.adapter._awaits(namespace, room) !== undefined
    );
  }

  #hasMembers(namespace: string, room: RoomOrAll): boolean {
    const nsp = this.#server?._nsps.get(namespace);
    return nsp !== undefined && count(nsp, room) > 0;
  }

  /** Tells the homes of rooms without members. Returns the rooms to be tried again later: a client may come back. */
  #withdraw(rooms: readonly EmptiedRoom[]): EmptiedRoom[] {
    const byHome = new Map<string, { home: ShardIndex; namespace: string; rooms: RoomOrAll[] }>();
    const later: EmptiedRoom[] = [];
    for (const emptied of rooms) {
      const { namespace, room } = emptied;
      if (this.#hasMembers(namespace, room)) continue;
      if (this.takeEmpty(namespace, [room]).length === 0) {
        later.push(emptied);
        continue;
      }
      const home = this.#announced.homeOf(namespace, room);
      const key = `${home}${namespace}`;
      const others = byHome.get(key)?.rooms;
      if (others === undefined) byHome.set(key, { home, namespace, rooms: [room] });
      else others.push(room);
    }
    // After earlier announcements, and in a call of its own: a home of an older version refuses the whole call.
    for (const { home, ...part } of byHome.values()) {
      void this.#peers.linkTo(home).sendApart({ kind: "withdraw", ...part });
    }
    return later;
  }

  /** The object had members before it was a shard: other shards do not know them. */
  #announceOlder(server: ShardServer): void {
    if (this.#announced.isReady || !this.#runtime.hasConnections) return;
    for (const { name, adapter } of server._nsps.values()) {
      const rooms: RoomOrAll[] = [...adapter.rooms.keys()];
      if (rooms.length > 0) rooms.push(null);
      for (const room of rooms) this.announce(name, room);
    }
  }
}

function count(nsp: AdapterNamespace, room: RoomOrAll): number {
  const { _runtime: runtime, _handle: handle } = nsp;
  if (room === null) return runtime.resolve(handle, [], []).sessions.length;
  return runtime.memberCount(handle, nameOfRoom(room));
}
