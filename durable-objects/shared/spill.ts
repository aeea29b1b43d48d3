/**
 * Parts of snapshots that are too large for an attachment, in the object's SQLite storage. Each belongs
 * to one WebSocket and is deleted with it; what an object leaves behind that was aborted is deleted
 * when it starts again.
 */

/** As much of an object's storage as spilling needs: the synchronous key-value interface. */
export interface SpillStorage {
  readonly kv?: {
    get(key: string): unknown;
    put(key: string, value: unknown): void;
    delete(key: string): boolean;
    list(options: { prefix: string }): Iterable<[string, unknown]>;
  };
}

/** What is kept under a key. */
export interface SpilledParts {
  core?: string;
  glue: unknown;
}

/** What the keys of spilled parts begin with. */
export const PREFIX = "dormouse:snapshot:";

export class Spill {
  readonly #storage: SpillStorage;
  readonly #report: (error: unknown) => void;

  /** `report` gets what fails without harm to anybody. */
  constructor(storage: SpillStorage, report: (error: unknown) => void) {
    this.#storage = storage;
    this.#report = report;
  }

  /** A key that nobody has used. */
  newKey(): string {
    return PREFIX + crypto.randomUUID();
  }

  /** Throws what the storage throws. */
  write(key: string, parts: SpilledParts): void {
    const { kv } = this.#storage;
    if (kv === undefined) {
      throw new Error("a snapshot of this size needs an object with SQLite storage");
    }
    kv.put(key, parts);
  }

  /** Undefined if there is nothing. Throws what the storage throws. */
  read(key: string): SpilledParts | undefined {
    return this.#storage.kv?.get(key) as SpilledParts | undefined;
  }

  delete(key: string): void {
    this.#harmless(() => this.#storage.kv?.delete(key));
  }

  /** Deletes all but these. */
  deleteExcept(keys: ReadonlySet<string>): void {
    this.#harmless(() => {
      const { kv } = this.#storage;
      if (kv === undefined) return;
      const there = Array.from(kv.list({ prefix: PREFIX }), ([key]) => key);
      for (const key of there) if (!keys.has(key)) kv.delete(key);
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
