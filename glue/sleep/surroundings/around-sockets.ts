import { LostSurroundings } from "./lost-surroundings.ts";
import { Surroundings } from "./surroundings.ts";

/** What is done about what hangs around sockets: it is made again, unless that was left out of the bundle. */
export const AroundSockets =
  typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING ? Surroundings : LostSurroundings;
