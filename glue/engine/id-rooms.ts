/**
 * Rooms that have the name of a socket, and others in them than that one. Who is in the room of a socket that sleeps
 * is known without anybody else, as long as nobody has joined such a room of another's: that is kept with the object.
 */
import type { OwnStorage } from "./host.ts";

const KEY = "id-rooms";

export class IdRooms {
  readonly #storage: OwnStorage;
  /** Undefined while nobody has asked. */
  #areShared: boolean | undefined;

  constructor(storage: OwnStorage) {
    this.#storage = storage;
    storage.onLoss(
      () => {
        if (this.#areShared) storage.put(KEY, true);
      },
      () => void this.areShared,
    );
  }

  /** Whether a socket may be in the room of another. */
  get areShared(): boolean {
    this.#areShared ??= this.#storage.get(KEY) === true;
    return this.#areShared;
  }

  /** A socket joins the room of another. Costs a row, the first time. */
  share(): void {
    if (this.areShared) return;
    this.#areShared = true;
    this.#storage.put(KEY, true);
  }
}
