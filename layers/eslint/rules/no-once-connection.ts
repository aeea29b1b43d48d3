import { createRule } from "./rule.ts";

/** `io.once("connection")`. */
export const noOnceConnection = createRule("no-once-connection", {
  description:
    "what `io.once` has heard it would hear again after every wake: the object does not sleep any more",
  messages: {
    once: '`once("{{event}}")` would hear the first socket once more after every sleep: once it has, the object does not sleep any more; use `on`, and remember in `io.data` what is to happen once',
  },
});
