/**
 * Rooms whose last member on this shard has left. Their homes are not told at once: most rooms get members again, and
 * a broadcast that finds none tells the home. If there are many such rooms, the homes of the oldest are told, so that
 * clients that may name rooms cannot fill the homes' storage.
 */
import { keyOf, type RoomOrAll } from "../placement/placement.ts";

/** How many rooms may be empty without a word to their homes. */
const SPARE = 200;
/** Of how many rooms homes are told at a time. */
const BATCH = 100;

export interface EmptiedRoom {
  readonly namespace: string;
  readonly room: RoomOrAll;
}

export class EmptiedRooms {
  readonly #rooms = new Map<string, EmptiedRoom>();
  readonly #withdraw: (rooms: readonly EmptiedRoom[]) => readonly EmptiedRoom[];
  #limit = SPARE;

  /** `withdraw` tells homes of those that have no members, and returns those that are to be tried again later. */
  constructor(withdraw: (rooms: readonly EmptiedRoom[]) => readonly EmptiedRoom[]) {
    this.#withdraw = withdraw;
  }

  note(namespace: string, room: RoomOrAll): void {
    this.#rooms.set(keyOf(namespace, room), { namespace, room });
    if (this.#rooms.size < this.#limit) return;
    const oldest = [...this.#rooms].slice(0, BATCH);
    for (const [key] of oldest) this.#rooms.delete(key);
    for (const again of this.#withdraw(oldest.map(([, emptied]) => emptied))) {
      this.#rooms.set(keyOf(again.namespace, again.room), again);
    }
    // Rooms to be tried again are not tried with each room that is added.
    this.#limit = Math.max(SPARE, this.#rooms.size + BATCH);
  }
}
