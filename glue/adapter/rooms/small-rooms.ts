/**
 * Who is in rooms of few, remembered as long as no room changes. Most of what is sent goes to one client after the
 * other, each in a room of its own.
 */
import type { Recipients } from "../../core/core.ts";
import type { AdapterNamespace } from "./adapter-namespace.ts";
import type { Room } from "./identifiers.ts";
import { nameOfRoom } from "./room-names.ts";

const FEW = 4;
const MAX_ROOMS = 1_000;
const NO_ROOMS: readonly string[] = [];

/** The members of the small rooms of one namespace. */
export class SmallRooms {
  readonly #nsp: AdapterNamespace;
  readonly #known = new Map<Room, Recipients>();
  /** What is remembered was found in this instance of the core, at this revision of its rooms. */
  #core: unknown;
  #revision = 0;

  constructor(nsp: AdapterNamespace) {
    this.#nsp = nsp;
  }

  /** Those who get what is sent to the room. */
  membersOf(room: Room): Recipients {
    const runtime = this.#nsp._runtime;
    const core = runtime._core;
    if (core !== this.#core || core.roomsRevision !== this.#revision) {
      this.#known.clear();
      this.#core = core;
      this.#revision = core.roomsRevision;
    }
    return this.#known.get(room) ?? this.#find(room);
  }

  #find(room: Room): Recipients {
    const nsp = this.#nsp;
    const members = nsp._runtime.resolve(nsp._handle, [nameOfRoom(room)], NO_ROOMS);
    const isWorth = members.sessions.length <= FEW && this.#known.size < MAX_ROOMS;
    if (isWorth) this.#known.set(room, members);
    return members;
  }
}
