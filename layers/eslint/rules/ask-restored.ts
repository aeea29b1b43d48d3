import { createRule } from "./rule.ts";

/** Connection listeners that write to databases and services, or ask their clients, and would do so again in a replay. */
export const askRestored = createRule("ask-restored", {
  description: "a connection listener runs again after a sleep, and writes, or asks, again",
  messages: {
    effect:
      "`{{name}}` runs again whenever the connection listener is replayed after a sleep; write `if (!socket.restored)` before it",
    beside:
      "a promise that nobody waits for calls `{{name}}` again whenever the connection listener is replayed after a sleep; make the listener `async` and `await` it, or return it: then that is dropped in a replay; or write `if (!socket.restored)` before it",
    question:
      'clients are asked "{{name}}" again whenever the connection listener is replayed after a sleep; write `if (!socket.restored)` before it, and keep the answer in `socket.data`',
  },
});
