/** Recovery as a part that can be left out of a bundle. */
import { SessionAwareAdapter } from "./session-aware-adapter.ts";

/** The adapter that recovers sessions; undefined where recovery was left out of the bundle. */
export const RecoveringAdapter =
  typeof DORMOUSE_RECOVERY === "undefined" || DORMOUSE_RECOVERY ? SessionAwareAdapter : undefined;
