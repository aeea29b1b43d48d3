import { createRule } from "./rule.ts";

/** `io.once("connection")`. */
export const noOnceConnection = createRule("no-once-connection", {
  description: "`io.once` hears the first connection, and the first replay, after every wake",
  messages: {
    once: '`once("{{event}}")` hears the first socket after every sleep, and leaves all others deaf; use `on`, and remember in `io.data` what is to happen once',
  },
});
