import { createRule } from "./rule.ts";

/** Listeners that are registered, or removed, later than in what runs again. */
export const noLateListeners = createRule("no-late-listeners", {
  description: "listeners that a connection listener does not register are gone after a sleep",
  messages: {
    late: 'The listener of "{{event}}" is registered by {{who}}, and is gone after a sleep; register it in the connection listener, and let it ask `socket.data` whether its time has come',
    waking:
      'The listener of "{{event}}" of `socket.conn` misses the packet that ends a sleep: it is registered again by the replay, which that packet causes; register it in `io.engine.on("connection", (conn) => …)`',
    removed:
      'The listener of "{{event}}" is removed by {{who}}, and would be there again after a sleep: the object does not sleep any more; leave it, and let it ask `socket.data`, or `io.data`, whether it is still wanted',
    once: '`{{method}}("{{event}}")` would hear the event once more after every sleep: once it has, the object does not sleep any more; use `on`, and remember in `socket.data` that it has happened',
    server:
      'The server\'s listener of "{{event}}" is registered by {{who}}: it is gone after a sleep, and there twice after the next time; register it in `setup`',
    middleware:
      "The server's middleware is added by {{who}}: it is gone after a sleep, and there twice after the next time; add it in `setup`",
  },
});
