/** In place of the storage of a host that has none: keeps nothing, and finds nothing. */
import type { OwnStorage } from "../../engine/host/host.ts";

export const NO_STORAGE: OwnStorage = {
  maxValueBytes: Number.POSITIVE_INFINITY,
  get: () => undefined,
  list: () => [],
  put: () => {},
  delete: () => {},
  onLoss: () => {},
};
