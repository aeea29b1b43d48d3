import { LostSurroundings } from "./lost-surroundings.ts";
import { Remakers } from "./remakers.ts";
import { Remaking } from "./remaking.ts";
import { Removed } from "./removed.ts";
import { Surroundings } from "./surroundings.ts";

/** What is made again after a sleep, besides what connection listeners do; undefined where it was left out. */
export const remakingPart =
  typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING
    ? { Remakers, Remaking, Removed }
    : undefined;

/** What is done about what hangs around sockets. */
export const AroundSockets =
  typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING ? Surroundings : LostSurroundings;
