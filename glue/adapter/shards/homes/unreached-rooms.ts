/**
 * Rooms with members here whose homes could not be told so: others' broadcasts do not get to these members. Their homes
 * are told again after a while, until they know, or nobody is in the room any more. The timer keeps the object awake.
 */
import { keyOf, type RoomOrAll } from "../placement/placement.ts";

/** After how many milliseconds homes are told again. Each time they are asked more than once. */
const PAUSE = 2000;

export class UnreachedRooms {
  readonly #rooms = new Map<string, { namespace: string; room: RoomOrAll }>();
  readonly #announce: (namespace: string, room: RoomOrAll) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `announce` tells a room's home, if that is still needed. */
  constructor(announce: (namespace: string, room: RoomOrAll) => void) {
    this.#announce = announce;
  }

  /** The room's home could not be told. */
  note(namespace: string, room: RoomOrAll): void {
    this.#rooms.set(keyOf(namespace, room), { namespace, room });
    this.#timer ??= setTimeout(() => this.#announceAll(), PAUSE);
  }

  has(namespace: string, room: RoomOrAll): boolean {
    return this.#rooms.size > 0 && this.#rooms.has(keyOf(namespace, room));
  }

  /** It is being told again, or there is nothing to tell. */
  forget(namespace: string, room: RoomOrAll): void {
    if (this.#rooms.size > 0) this.#rooms.delete(keyOf(namespace, room));
  }

  #announceAll(): void {
    this.#timer = undefined;
    const rooms = [...this.#rooms.values()];
    this.#rooms.clear();
    for (const { namespace, room } of rooms) this.#announce(namespace, room);
  }
}
