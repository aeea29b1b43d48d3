/** A storage that gives back as `Buffer`s what was put as such: in a clone they are plain bytes (buffers.ts). */
import type { OwnStorage } from "../../engine/host/host.ts";
import { type Path, packBuffers, unpackBuffers } from "../values/buffers.ts";

/** Of a value with `Buffer`s, the key of the paths to them. Nothing that an application keeps has it. */
const PATHS = "dormouse:buffers";

interface Packed {
  [PATHS]: Path[];
  value: unknown;
}

/** The same storage for values that may hold `Buffer`s. */
export function withBuffers(storage: OwnStorage): OwnStorage {
  return {
    maxValueBytes: storage.maxValueBytes,
    get: (key) => unpack(storage.get(key)),
    *list(prefix) {
      for (const [key, value] of storage.list(prefix)) yield [key, unpack(value)];
    },
    put(key, value) {
      const packed = packBuffers(value);
      const isSame = packed.paths.length === 0;
      storage.put(key, isSame ? value : { [PATHS]: packed.paths, value: packed.value });
    },
    beforeSending: storage.beforeSending?.bind(storage),
    delete: (key) => storage.delete(key),
    onLoss: (rewrite, prepare) => storage.onLoss(rewrite, prepare),
    onFailure: storage.onFailure?.bind(storage),
  };
}

function unpack(stored: unknown): unknown {
  const isPacked = typeof stored === "object" && stored !== null && PATHS in stored;
  if (!isPacked) return stored;
  const { [PATHS]: paths, value } = stored as Packed;
  return unpackBuffers(value, paths);
}
