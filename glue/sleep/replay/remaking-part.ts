import { ClientReplays } from "./client-replays.ts";
import { RemovedListeners } from "./removed-listeners.ts";

/** What of a replay is about more than connection listeners; undefined where it was left out of the bundle. */
export const remakingPart =
  typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING
    ? { ClientReplays, RemovedListeners }
    : undefined;
