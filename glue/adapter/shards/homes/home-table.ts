/**
 * The table that a home of rooms keeps: which other shards have members of each room. It is in the storage, and
 * written when a shard gets its first member of a room, or is found to have none any more.
 */
import type { OwnStorage } from "../../../engine/host/host.ts";
import { hash, keyOf, type RoomOrAll, type ShardIndex } from "../placement/placement.ts";

/** What the keys begin with, in the host's storage. */
const PREFIX = "cluster:home:";
/** Storage takes keys of 2,048 bytes. */
const MAX_KEY = 500;

interface Row {
  shards: readonly ShardIndex[];
  /** When each shard was announced last, counted by `#clock`. */
  announced: Map<ShardIndex, number>;
}

export class HomeTable {
  readonly #storage: OwnStorage;
  /** The rows that were read since the object woke. */
  readonly #rows = new Map<string, Row>();
  /** Counts announcements. */
  #clock = 0;

  constructor(storage: OwnStorage) {
    this.#storage = storage;
    storage.onLoss(
      () => {
        for (const [key, { shards }] of this.#rows) storage.put(PREFIX + key, shards);
      },
      () => this.#loadAll(),
    );
  }

  /** The present, for `remove`. */
  get now(): number {
    return this.#clock;
  }

  /** The shards that may have members of a room. */
  shardsWith(namespace: string, room: RoomOrAll): readonly ShardIndex[] {
    return this.#row(storageKey(namespace, room))?.shards ?? [];
  }

  /** A shard has its first member of a room. */
  add(namespace: string, room: RoomOrAll, shard: ShardIndex): void {
    const key = storageKey(namespace, room);
    const row: Row = this.#row(key) ?? { shards: [], announced: new Map() };
    this.#clock += 1;
    if (!row.shards.includes(shard)) {
      // What only memory knows is forgotten with the next sleep: who announces hears that it cannot be written.
      const shards = [...row.shards, shard];
      this.#storage.put(PREFIX + key, shards);
      row.shards = shards;
      this.#rows.set(key, row);
    }
    row.announced.set(shard, this.#clock);
  }

  /**
   * A shard that was asked at `since` had no member. Ignored if it has announced one since then, which is newer than
   * its answer.
   */
  remove(namespace: string, room: RoomOrAll, shard: ShardIndex, since: number): void {
    const key = storageKey(namespace, room);
    const row = this.#row(key);
    if (row === undefined || (row.announced.get(shard) ?? 0) > since) return;
    if (!row.shards.includes(shard)) return;
    const shards = row.shards.filter((other) => other !== shard);
    try {
      if (shards.length > 0) this.#storage.put(PREFIX + key, shards);
      else this.#storage.delete(PREFIX + key);
    } catch {
      // The next broadcast finds it out again.
      return;
    }
    row.shards = shards;
    row.announced.delete(shard);
    if (shards.length === 0) this.#rows.delete(key);
  }

  #row(key: string): Row | undefined {
    const row = this.#rows.get(key);
    if (row !== undefined) return row;
    const shards = this.#storage.get(PREFIX + key) as ShardIndex[] | undefined;
    return shards && this.#keep(key, shards);
  }

  #keep(key: string, shards: ShardIndex[]): Row {
    const row = { shards, announced: new Map<ShardIndex, number>() };
    this.#rows.set(key, row);
    return row;
  }

  /** Reads all rows into memory: the application is about to delete them. */
  #loadAll(): void {
    for (const [name, shards] of this.#storage.list(PREFIX)) {
      const key = name.slice(PREFIX.length);
      if (!this.#rows.has(key)) this.#keep(key, shards as ShardIndex[]);
    }
  }
}

function storageKey(namespace: string, room: RoomOrAll): string {
  const key = keyOf(namespace, room);
  if (key.length <= MAX_KEY) return key;
  return `${key.slice(0, MAX_KEY - 40)}\n${hash(key)}.${hash(`2${key}`)}.${key.length}`;
}
