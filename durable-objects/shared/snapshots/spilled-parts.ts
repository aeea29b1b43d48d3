/**
 * Parts of snapshots that are too large for an attachment, in the object's storage. Each belongs to one
 * WebSocket and is deleted with it; what an object leaves behind that was aborted is deleted when it
 * starts again.
 */
import type { OwnStorage } from "../../../glue/engine/host/host.ts";

/** What is kept under a key. */
export interface SpilledParts {
  core?: string;
  glue: unknown;
}

/** What the keys of spilled parts begin with. */
export const SPILLED = "snapshot:";

export class Spill {
  readonly #storage: OwnStorage;
  readonly #report: (error: unknown) => void;

  /** `report` gets what fails without harm to anybody. */
  constructor(storage: OwnStorage, report: (error: unknown) => void) {
    this.#storage = storage;
    this.#report = report;
  }

  /** A key that nobody has used. */
  newKey(): string {
    return SPILLED + crypto.randomUUID();
  }

  /** Throws what the storage throws. */
  write(key: string, parts: SpilledParts): void {
    this.#storage.put(key, parts);
  }

  /** Undefined if there is nothing. Throws what the storage throws. */
  read(key: string): SpilledParts | undefined {
    return this.#storage.get(key) as SpilledParts | undefined;
  }

  delete(key: string): void {
    this.#harmless(() => this.#storage.delete(key));
  }

  /** Deletes all but these. */
  deleteExcept(keys: ReadonlySet<string>): void {
    this.#harmless(() => {
      const there = Array.from(this.#storage.list(SPILLED), ([key]) => key);
      for (const key of there) if (!keys.has(key)) this.delete(key);
    });
  }

  #harmless(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#report(error);
    }
  }
}
