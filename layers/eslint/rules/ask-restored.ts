import { createRule } from "./rule.ts";

/** Connection listeners that write to databases and services, or ask their clients, and would do so again in a replay. */
export const askRestored = createRule("ask-restored", {
  description: "a connection listener runs again after a sleep, and writes, or asks, again",
  messages: {
    effect:
      "`{{name}}` runs again whenever the connection listener is replayed after a sleep; write `if (!socket.restored)` before it",
    beside:
      "{{who}} calls `{{name}}` again whenever the connection listener is replayed after a sleep; {{instead}}; or write `if (!socket.restored)` before it",
    counted:
      "{{who}} changes `{{name}}` once more whenever the connection listener is replayed after a sleep; {{instead}}; or write `if (!socket.restored)` before it",
    replaced:
      "{{who}} sets `{{name}}` again whenever the connection listener is replayed after a sleep, and what an event has put there since is lost; {{instead}}; or write `if (!socket.restored)` before it",
    question:
      'clients are asked "{{name}}" again whenever the connection listener is replayed after a sleep; write `if (!socket.restored)` before it, and keep the answer in `socket.data`',
  },
});
