/**
 * A storage of values that gives back as `Buffer`s what was put as such: in a clone they are plain bytes (buffers.ts). Of a
 * value that has objects in common with others its row says which (shared-values.ts).
 *
 * Rows of other values are the values themselves. What reads rows with `PATHS` and knows of no `shared` has copies there,
 * and what it writes says nothing of the kind, so that nobody takes for the same what is not any more.
 */
import type { OwnStorage } from "../../engine/host/host.ts";
import { type Path, packBuffers, unpackBuffers } from "../values/buffers.ts";
import type { Marks } from "./shared-values.ts";

/** Of a value with `Buffer`s, the key of the paths to them. Nothing that an application keeps has it. */
const PATHS = "dormouse:buffers";

interface Row {
  [PATHS]: Path[];
  value: unknown;
  /** With the paths to `Buffer`s in `shared`. */
  marks?: Marks & { paths: Path[] };
}

/** The same storage for such values. `marksOf`: what a row is to say; `onMarks` hears what one says that is read. */
export function withValues(
  storage: OwnStorage,
  marksOf: (key: string, value: object) => Marks | undefined,
  onMarks: (value: object, marks: Marks) => unknown,
): OwnStorage {
  const unpack = (stored: unknown): unknown => {
    if (typeof stored !== "object" || stored === null || !(PATHS in stored)) return stored;
    const { [PATHS]: paths, value, marks } = stored as Row;
    if (marks === undefined) return unpackBuffers(value, paths);
    const { shared, others } = marks;
    const all = [value, shared];
    unpackBuffers(all, [...under(0, paths), ...under(1, marks.paths)]);
    onMarks(all[0] as object, { shared: all[1] as Marks["shared"], others });
    return all[0];
  };
  return {
    maxValueBytes: storage.maxValueBytes,
    get: (key) => unpack(storage.get(key)),
    *list(prefix) {
      for (const [key, value] of storage.list(prefix)) yield [key, unpack(value)];
    },
    put(key, value) {
      storage.put(key, pack(value, marksOf(key, value as object)));
    },
    beforeSending: storage.beforeSending?.bind(storage),
    delete: (key) => storage.delete(key),
    onLoss: (rewrite, prepare) => storage.onLoss(rewrite, prepare),
    onFailure: storage.onFailure?.bind(storage),
  };
}

function pack(value: unknown, marks: Marks | undefined): unknown {
  const { value: packed, paths } = packBuffers([value, marks?.shared]);
  if (paths.length === 0 && marks === undefined) return value;
  const [whole, shared] = packed as [unknown, Marks["shared"]];
  const row: Row = { [PATHS]: inside(0, paths), value: whole };
  if (marks !== undefined) row.marks = { shared, others: marks.others, paths: inside(1, paths) };
  return row;
}

function under(index: number, paths: readonly Path[]): Path[] {
  return paths.map((path) => [index, ...path]);
}

function inside(index: number, paths: readonly Path[]): Path[] {
  return paths.filter(([first]) => first === index).map(([, ...rest]) => rest);
}
