/**
 * Rooms that have the name of a socket, and others in them than that one. Who is in the room of a socket that sleeps
 * is known without anybody else, as long as nobody has joined such a room of another's: that is kept with the object.
 */
import type { OwnStorage } from "./host.ts";

const KEY = "id-rooms";

export class IdRooms {
  readonly #storage: OwnStorage;
  readonly #report: (error: unknown) => void;
  /** Undefined while nobody has asked. */
  #areShared: boolean | undefined;

  /** `report` gets what the storage throws, which nobody else is to notice. */
  constructor(storage: OwnStorage, report: (error: unknown) => void) {
    this.#storage = storage;
    this.#report = report;
    storage.onLoss(
      () => {
        if (this.#areShared) this.#write();
      },
      () => void this.areShared,
    );
  }

  /** Whether a socket may be in the room of another: also where the storage does not tell. */
  get areShared(): boolean {
    try {
      this.#areShared ??= this.#storage.get(KEY) === true;
      return this.#areShared;
    } catch {
      return true;
    }
  }

  /** A socket joins the room of another. Costs a row, the first time. */
  share(): void {
    // Where the storage does not tell, it is written all the same.
    if (this.areShared && this.#areShared) return;
    this.#areShared = true;
    this.#write();
  }

  #write(): void {
    try {
      this.#storage.put(KEY, true);
    } catch (error) {
      this.#report(error);
    }
  }
}
