/** Remembers the targets of packets, as the same receivers get one packet after the other. */
import type { BroadcastOptions } from "../rooms/adapter.ts";
import type { Room } from "../rooms/identifiers.ts";
import { plainRoom } from "../rooms/room-names.ts";
import { namespaceKey, roomKey } from "./at-risk.ts";

/** The members of any of `rooms` (of the namespace if there are none), `except` left out. */
export interface Target {
  readonly namespace: string;
  readonly rooms: readonly Room[];
  readonly except: readonly Room[];
  /** The keys of those that are meant: see `AtRisk`. */
  readonly keys: readonly string[];
  /** The index of the last row with a packet for this target, and the target's place in that row's `targets`. */
  row: number;
  place: number;
}

/** How many targets are remembered. */
const MAX_TARGETS = 1_000;
const NOBODY: readonly Room[] = [];

export class PacketTargets {
  readonly #byNamespace = new Map<string, Map<Room | undefined, Target>>();
  #count = 0;

  of(namespace: string, { rooms, except }: BroadcastOptions): Target {
    if (rooms.size > 1 || (except !== undefined && except.size > 0)) {
      return makeTarget(namespace, plain(rooms), except === undefined ? NOBODY : plain(except));
    }
    for (const room of rooms) return this.ofRoom(namespace, plainRoom(room));
    return this.ofRoom(namespace, undefined);
  }

  /** The members of a room; undefined: of the namespace. */
  ofRoom(namespace: string, room: Room | undefined): Target {
    return this.#byNamespace.get(namespace)?.get(room) ?? this.#add(namespace, room);
  }

  #add(namespace: string, room: Room | undefined): Target {
    if (this.#count >= MAX_TARGETS) {
      this.#byNamespace.clear();
      this.#count = 0;
    }
    const target = makeTarget(namespace, room === undefined ? NOBODY : [room], NOBODY);
    const rooms = this.#byNamespace.get(namespace) ?? new Map<Room | undefined, Target>();
    this.#byNamespace.set(namespace, rooms.set(room, target));
    this.#count += 1;
    return target;
  }
}

function plain(rooms: Iterable<Room>): Room[] {
  return Array.from(rooms, plainRoom);
}

function makeTarget(namespace: string, rooms: readonly Room[], except: readonly Room[]): Target {
  const keys =
    rooms.length === 0 ? [namespaceKey(namespace)] : rooms.map((room) => roomKey(namespace, room));
  return { namespace, rooms, except, keys, row: -1, place: 0 };
}
