import { createRule, stateMessage } from "./rule.ts";

/** Locks and limits in memory. */
export const noLimitsInMemory = createRule("no-limits-in-memory", {
  description: "locks and limits that are held in memory are open after a sleep",
  messages: {
    state: stateMessage("after a sleep the lock or limit is open"),
    package:
      "`{{name}}` counts in memory, so that its lock or limit is open after a sleep; give it a store that lasts, or count in `io.data` or `socket.data`",
  },
});
