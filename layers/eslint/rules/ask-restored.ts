import { createRule } from "./rule.ts";

/** Connection listeners that write to databases and services, and would write again in a replay. */
export const askRestored = createRule("ask-restored", {
  description: "a connection listener runs again after a sleep, and writes again",
  messages: {
    effect:
      "`{{name}}` runs again whenever the connection listener is replayed after a sleep; write `if (!socket.restored)` before it",
  },
});
