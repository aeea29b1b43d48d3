/**
 * What the server keeps in its object's storage, beside what the application keeps there. Our keys have
 * a prefix. The application may delete everything, or roll back a transaction in which we wrote: whoever
 * keeps something here is told, and writes it again from memory.
 */
import type { OwnStorage } from "../../../glue/engine/host/host.ts";
import { bound, override } from "../platform/replaced-methods.ts";

/** What the library's keys begin with. */
const FENCE = "dormouse:";

/** As a rule, what is sent need not wait until what is kept here is on disk. */
const UNCONFIRMED = { allowUnconfirmed: true };
const CONFIRMED = {};
/** A row of SQLite. */
const MAX_ROW_BYTES = 2_000_000;
/** A value of the storage that is not SQLite. */
const MAX_VALUE_BYTES = 131_072;

type Method = (...args: never[]) => unknown;

/** The part of the synchronous storage that is used here. */
interface SyncStorage {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
  delete(key: string): boolean;
  list(options: { prefix: string }): Iterable<[string, unknown]>;
}

/** The part of an object's storage that is used here. */
export interface PlatformStorage {
  readonly kv?: SyncStorage;
  put(key: string, value: unknown, options?: object): Promise<void>;
  delete(key: string, options?: object): Promise<boolean>;
  list(options: { prefix: string }): Promise<Map<string, unknown>>;
  deleteAll(options?: object): Promise<void>;
  transaction(closure: (txn: Transaction) => Promise<unknown>): Promise<unknown>;
}

/** The part of a transaction that is used here. */
export interface Transaction {
  rollback(): void;
  delete(key: string, options?: object): Promise<boolean>;
}

/** The library's part of the storage. It notices when the application deletes it or rolls it back. */
export abstract class FencedStorage implements OwnStorage {
  abstract readonly maxValueBytes: number;
  /** Whether `load` has to be awaited before anything is read, after each wake. */
  abstract readonly isLate: boolean;
  /** How many rows were written so far. A deletion is billed as one. */
  rowsWritten = 0;
  /** Called for each row that is written. */
  onRow: () => void = () => {};
  readonly #onLoss: (() => void)[] = [];
  readonly #beforeLoss: (() => void)[] = [];

  /** A row was written. The platform writes one for the object's alarm, too. */
  noteRow(): void {
    this.rowsWritten += 1;
    this.onRow();
  }

  /** Whether the running event is one of the object whose storage this is, and the object was not started anew. */
  abstract get isHere(): boolean;
  abstract load(): Promise<void>;
  abstract get(key: string): unknown;
  abstract list(prefix: string): Iterable<[string, unknown]>;
  abstract put(key: string, value: unknown): void;
  abstract delete(key: string): void;
  onFailure?(failed: (key: string, error: unknown) => boolean): void;

  onLoss(rewrite: () => void, prepare?: () => void): void {
    this.#onLoss.push(rewrite);
    if (prepare !== undefined) this.#beforeLoss.push(prepare);
  }

  /** The library's part is about to be deleted: it can be read for the last time. */
  #prepare(): void {
    for (const prepare of this.#beforeLoss) prepare();
  }

  /** The library's part may have been deleted or rolled back. */
  protected lost(): void {
    for (const rewrite of this.#onLoss) rewrite();
  }

  /** Wraps the methods that delete or roll back. To be called once, after the methods used here were bound. */
  protected watch(storage: PlatformStorage, kv?: SyncStorage): void {
    this.#watchDeletes(storage, kv);
    const sync = storage as unknown as { transactionSync?: Method };
    if (typeof sync.transactionSync === "function") this.#watchSync(sync as never);
    this.#watchTransactions(storage);
  }

  #watchTransactions(storage: PlatformStorage): void {
    const transaction = storage.transaction.bind(storage);
    override(storage, {
      transaction: async (closure: (txn: Transaction) => Promise<unknown>) => {
        let isLost = false;
        const noting = (txn: Transaction): Promise<unknown> => {
          const own = bound(txn, ["rollback", "delete"]);
          isLost = false;
          override(txn, {
            rollback: () => {
              isLost = true;
              own.rollback();
            },
            delete: (keys: string | string[], options?: object) => {
              if (isFenced(keys)) {
                this.#prepare();
                isLost = true;
              }
              return own.delete(keys as string, options);
            },
          });
          return closure(txn);
        };
        try {
          return await transaction(noting);
        } catch (error) {
          isLost = true;
          throw error;
        } finally {
          if (isLost) this.lost();
        }
      },
    });
  }

  #watchDeletes(storage: PlatformStorage, kv: SyncStorage | undefined): void {
    const deleteAll = storage.deleteAll.bind(storage);
    const deleteKeys = storage.delete.bind(storage);
    override(storage, {
      deleteAll: async (options?: object) => {
        this.#prepare();
        await deleteAll(options);
        this.lost();
      },
      delete: async (keys: string | string[], options?: object) => {
        if (isFenced(keys)) this.#prepare();
        const result = await deleteKeys(keys as string, options);
        if (isFenced(keys)) this.lost();
        return result;
      },
    });
    if (kv === undefined) return;
    const deleteKey = kv.delete.bind(kv);
    override(kv, {
      delete: (key: string) => {
        if (isFenced(key)) this.#prepare();
        const result = deleteKey(key);
        if (isFenced(key)) this.lost();
        return result;
      },
    });
  }

  #watchSync(storage: { transactionSync(closure: () => unknown): unknown }): void {
    const transactionSync = storage.transactionSync.bind(storage);
    override(storage, {
      transactionSync: (closure: () => unknown) => {
        try {
          return transactionSync(closure);
        } catch (error) {
          this.lost();
          throw error;
        }
      },
    });
  }
}

/** In an object with SQLite storage, which is read and written at once. */
class SqliteStorage extends FencedStorage {
  readonly maxValueBytes = MAX_ROW_BYTES;
  readonly isLate = false;
  readonly #kv: SyncStorage;

  constructor(storage: PlatformStorage, kv: SyncStorage) {
    super();
    this.#kv = bound(kv, ["get", "put", "delete", "list"]);
    this.watch(storage, kv);
  }

  async load(): Promise<void> {}

  get isHere(): boolean {
    try {
      this.#kv.get(FENCE);
      return true;
    } catch (error) {
      // Other errors are failures of the storage, which is this object's all the same.
      return !String(error).includes("different Durable Object");
    }
  }

  get(key: string): unknown {
    return this.#kv.get(FENCE + key);
  }

  *list(prefix: string): Iterable<[string, unknown]> {
    for (const [key, value] of this.#kv.list({ prefix: FENCE + prefix })) {
      yield [key.slice(FENCE.length), value];
    }
  }

  put(key: string, value: unknown): void {
    this.noteRow();
    this.#kv.put(FENCE + key, value);
  }

  delete(key: string): void {
    this.noteRow();
    this.#kv.delete(FENCE + key);
  }
}

/** For storages that are asynchronous: everything is loaded once, before anything is restored. */
export class LoadedStorage extends FencedStorage {
  readonly maxValueBytes = MAX_VALUE_BYTES;
  readonly isLate = true;
  readonly #platform: Pick<PlatformStorage, "put" | "delete" | "list">;
  readonly #report: (error: unknown) => void;
  readonly #onFailure: ((key: string, error: unknown) => boolean)[] = [];
  /** The writes that are not done yet, the last one for each key. */
  readonly #pending = new Map<string, Promise<void>>();
  #loaded = new Map<string, unknown>();
  #options: object = UNCONFIRMED;

  /** `report` gets what the storage throws. */
  constructor(storage: PlatformStorage, report: (error: unknown) => void) {
    super();
    this.#platform = bound(storage, ["put", "delete", "list"]);
    this.#report = report;
    this.watch(storage);
  }

  async load(): Promise<void> {
    for (const [key, value] of await this.#platform.list({ prefix: FENCE })) {
      this.#loaded.set(key, value);
    }
  }

  get isHere(): boolean {
    return true;
  }

  /** The value when the object woke up. Undefined if it was written since. */
  get(key: string): unknown {
    return this.#loaded.get(FENCE + key);
  }

  *list(prefix: string): Iterable<[string, unknown]> {
    for (const [key, value] of this.#loaded) {
      if (key.startsWith(FENCE + prefix)) yield [key.slice(FENCE.length), value];
    }
  }

  /** Frees the values with these keys, which were read and will not be asked for again. */
  forget(prefix: string): void {
    for (const [key] of [...this.list(prefix)]) this.#loaded.delete(FENCE + key);
  }

  beforeSending(run: () => void): void {
    this.#options = CONFIRMED;
    try {
      run();
    } finally {
      this.#options = UNCONFIRMED;
    }
  }

  override onFailure(failed: (key: string, error: unknown) => boolean): void {
    this.#onFailure.push(failed);
  }

  put(key: string, value: unknown): void {
    this.noteRow();
    this.#loaded.delete(FENCE + key);
    const written = this.#platform.put(FENCE + key, value, this.#options);
    this.#pending.set(key, written);
    const isLast = (): boolean => {
      const is = this.#pending.get(key) === written;
      if (is) this.#pending.delete(key);
      return is;
    };
    written.then(isLast, (error) => {
      if (isLast()) this.#failed(key, error);
    });
  }

  #failed(key: string, error: unknown): void {
    // What was kept before is wrong by now.
    this.delete(key);
    const isKnown = this.#onFailure.some((failed) => failed(key, error));
    if (!isKnown) this.#report(error);
  }

  delete(key: string): void {
    this.noteRow();
    this.#loaded.delete(FENCE + key);
    this.#pending.delete(key);
    this.#platform.delete(FENCE + key, this.#options).catch(this.#report);
  }
}

/**
 * The classes whose objects have SQLite storage: the platform gives it to all objects of a class or to none, and to ask
 * takes a query, which the first event after a sleep would wait for.
 */
const withSqlite = new WeakSet<object>();

/**
 * Our part of an object's storage. `ofClass`: the object's class. `report` gets what it throws when nobody waits for it
 * any more.
 */
export function ownStorage(
  storage: PlatformStorage,
  ofClass: object,
  report: (error: unknown) => void,
): FencedStorage {
  const kv = withSqlite.has(ofClass) ? storage.kv : syncOf(storage);
  if (kv === undefined) return new LoadedStorage(storage, report);
  withSqlite.add(ofClass);
  return new SqliteStorage(storage, kv);
}

/** An object without SQLite storage has one all the same, whose methods say so by throwing. */
function syncOf(storage: PlatformStorage): SyncStorage | undefined {
  const { kv } = storage;
  try {
    kv?.get(FENCE);
  } catch (error) {
    if (String(error).includes("SQLite-backed")) return undefined;
  }
  return kv;
}

function isFenced(keys: unknown): boolean {
  const list = Array.isArray(keys) ? keys : [keys];
  return list.some((key) => typeof key === "string" && key.startsWith(FENCE));
}
