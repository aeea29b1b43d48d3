/** For hosts that have no storage. */
import type { OwnStorage } from "../../engine/host.ts";

export const NO_STORAGE: OwnStorage = {
  maxValueBytes: Number.POSITIVE_INFINITY,
  get: () => undefined,
  list: () => [],
  put: () => {},
  delete: () => {},
  onLoss: () => {},
};
