import { makeDebugLog } from "../../../glue/common/log.ts";
import { pendingWork, watchPendingWork } from "./pending-work.ts";
import { adviseOnPath, adviseOnRefusal, noteTaken, noteUntaken } from "./request-advice.ts";
import { watchSetup } from "./slow-setup.ts";

/** Advice to the server's author, in the log and under `DEBUG`; undefined if it was left out of the bundle. */
export const diagnosticsPart =
  typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS
    ? {
        adviseOnPath,
        adviseOnRefusal,
        makeDebugLog,
        noteTaken,
        noteUntaken,
        pendingWork,
        watchPendingWork,
        watchSetup,
      }
    : undefined;
