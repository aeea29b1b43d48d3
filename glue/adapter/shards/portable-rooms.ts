/**
 * Rooms that mean the same on all shards: text and numbers. Of whatever else a program takes for a room, the text is
 * the room on every shard: a home would refuse the value itself, and all that was sent with it.
 */
import type { BroadcastOptions } from "../rooms/adapter.ts";
import type { Room } from "../rooms/identifiers.ts";
import { plainRoom } from "../rooms/room-names.ts";

/** The rooms themselves where they are carried as they are. */
export function portableRooms(rooms: Set<Room>): Set<Room> {
  for (const room of rooms) {
    if (plainRoom(room) !== room) return new Set(Array.from(rooms, plainRoom));
  }
  return rooms;
}

/** The options themselves where their rooms are carried as they are. */
export function portableOptions(opts: BroadcastOptions): BroadcastOptions {
  const rooms = portableRooms(opts.rooms);
  const except = opts.except && portableRooms(opts.except);
  return rooms === opts.rooms && except === opts.except
    ? opts
    : { ...opts, rooms, ...(except && { except }) };
}
