import { Remakers } from "./remakers.ts";
import { Removed } from "./removed.ts";

/** What of a replay is about more than connection listeners; undefined where it was left out of the bundle. */
export const remakingPart =
  typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING ? { Remakers, Removed } : undefined;
