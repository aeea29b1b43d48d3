import { makeServerData } from "./server-data.ts";
import { ServerState } from "./server-state.ts";

/** `io.data` and `io.schedule`; undefined where they were left out of the bundle. */
export const statePart =
  typeof DORMOUSE_STATE === "undefined" || DORMOUSE_STATE
    ? { ServerState, makeServerData }
    : undefined;
