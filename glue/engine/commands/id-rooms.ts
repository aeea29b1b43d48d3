/**
 * Whether a socket has ever joined the own room of another one, which is kept in the storage. As long as none has, a
 * broadcast to a socket's own room needs to restore only the connection of that socket.
 */
import type { OwnStorage } from "../host/host.ts";

const KEY = "id-rooms";

export class IdRooms {
  readonly #storage: OwnStorage;
  readonly #report: (error: unknown) => void;
  /** Undefined until it was asked for. */
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

  /** Whether a socket may be in the own room of another. True if the storage fails. */
  get areShared(): boolean {
    try {
      this.#areShared ??= this.#storage.get(KEY) === true;
      return this.#areShared;
    } catch {
      return true;
    }
  }

  /** A socket joins the own room of another. Writes a row, the first time. */
  share(): void {
    // If the storage could not be read, `#areShared` is still undefined, and the row is written.
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
