/** A storage in memory that counts what is read and written. */
import { MemoryStorage } from "../../durable-objects/shared/storage/memory-storage.ts";

export class CountedStorage extends MemoryStorage {
  override readonly maxValueBytes: number = 2_000_000;
  /** Each as `put key`, `delete key`. */
  readonly writes: string[] = [];
  /** Each as `get key`, `list prefix`. */
  readonly reads: string[] = [];
  readonly #onLoss: [rewrite: () => void, prepare: () => void][] = [];

  override get(key: string): unknown {
    this.reads.push(`get ${key}`);
    return super.get(key);
  }

  override list(prefix: string): Iterable<[string, unknown]> {
    this.reads.push(`list ${prefix}`);
    return super.list(prefix);
  }

  override put(key: string, value: unknown): void {
    super.put(key, value);
    this.writes.push(`put ${key}`);
  }

  override delete(key: string): void {
    super.delete(key);
    this.writes.push(`delete ${key}`);
  }

  override onLoss(rewrite: () => void, prepare: () => void = () => {}): void {
    this.#onLoss.push([rewrite, prepare]);
  }

  /** What an application does with `deleteAll()`. */
  wipe(): void {
    for (const [, prepare] of this.#onLoss) prepare();
    for (const [key] of [...super.list("")]) super.delete(key);
    for (const [rewrite] of this.#onLoss) rewrite();
  }
}

/** As a crash leaves it: without what waits to be written. `disk`: another, empty storage, which is returned. */
export function diskOf(storage: CountedStorage, disk = new CountedStorage()): CountedStorage {
  for (const [key, value] of storage.list("")) disk.put(key, value);
  disk.writes.length = 0;
  return disk;
}
