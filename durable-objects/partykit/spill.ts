/**
 * Parts of snapshots that are too large for an attachment, in a PartyKit room's storage, which answers
 * late: what is there is loaded when the room wakes, before anything is restored.
 */
import type { SnapshotSpill } from "../shared/attachment.ts";
import { PREFIX, type SpilledParts } from "../shared/spill.ts";

/** As much of a room's storage as spilling needs. */
export interface RoomStorage {
  put(key: string, value: unknown, options: { allowUnconfirmed: boolean }): Promise<void>;
  delete(key: string, options: { allowUnconfirmed: boolean }): Promise<boolean>;
  list(options: { prefix: string }): Promise<Map<string, unknown>>;
}

/** Nothing that is sent depends on a spilled part being on disk. */
const UNCONFIRMED = { allowUnconfirmed: true };

export class RoomSpill implements SnapshotSpill {
  readonly #storage: RoomStorage;
  readonly #report: (error: unknown) => void;
  #loaded = new Map<string, SpilledParts>();

  /** `report` gets what the storage throws. */
  constructor(storage: RoomStorage, report: (error: unknown) => void) {
    this.#storage = storage;
    this.#report = report;
  }

  /** To be awaited when the room has woken up. */
  async load(): Promise<void> {
    this.#loaded = (await this.#storage.list({ prefix: PREFIX })) as Map<string, SpilledParts>;
  }

  newKey(): string {
    return PREFIX + crypto.randomUUID();
  }

  write(key: string, parts: SpilledParts): void {
    this.#loaded.delete(key);
    this.#storage.put(key, parts, UNCONFIRMED).catch((error) => {
      this.#report(error);
      // What was kept before is wrong by now.
      this.delete(key);
    });
  }

  /** What was there when the room woke up. */
  read(key: string): SpilledParts | undefined {
    return this.#loaded.get(key);
  }

  delete(key: string): void {
    this.#loaded.delete(key);
    this.#storage.delete(key, UNCONFIRMED).catch(this.#report);
  }

  deleteExcept(keys: ReadonlySet<string>): void {
    for (const key of this.#loaded.keys()) if (!keys.has(key)) this.delete(key);
    this.#loaded.clear();
  }
}
