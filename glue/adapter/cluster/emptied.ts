/**
 * Rooms whose last member here has left. Most get members again, or a broadcast finds nobody there, and their homes
 * are not told. If there are many, the homes of the oldest are, so that clients who may name rooms, and come and go,
 * do not fill the homes' storage.
 */
import { keyOf, type RoomOrAll } from "./placement.ts";

/** So many are left to broadcasts. */
const SPARE = 200;
/** Homes are told of so many rooms at a time. */
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
    // What has to be tried again is not tried with every room that comes.
    this.#limit = Math.max(SPARE, this.#rooms.size + BATCH);
  }
}
