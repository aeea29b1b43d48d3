import { createRule } from "./rule.ts";

/** Sockets that listen to something beside their server. */
export const noOutsideListeners = createRule("no-outside-listeners", {
  description:
    "a socket hears of others' events only once its listeners are there again after a sleep",
  messages: {
    connection:
      "after a sleep `{{name}}` is called again only when this client is heard of: until then it misses what comes; listen in `setup`, and emit to a room that the client joins",
    later:
      "what {{who}} adds with `{{name}}` is gone after a sleep; listen in `setup`, and emit to a room that the client joins",
  },
});
