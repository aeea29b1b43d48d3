import { Remakers } from "./client-replays.ts";
import { Removed } from "./removed-listeners.ts";

/** What of a replay is about more than connection listeners; undefined where it was left out of the bundle. */
export const remakingPart =
  typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING ? { Remakers, Removed } : undefined;
