import { createRule } from "./rule.ts";

/** Timers and intervals of listeners, middlewares and `setup`. */
export const noTimers = createRule("no-timers", {
  description: "a timer keeps the object awake while it runs, and is lost with a restart",
  messages: {
    timeout:
      "`{{method}}` in {{who}} keeps the object awake until it is due, and is lost if the object restarts; use `io.schedule`",
    again:
      "`{{method}}` in {{who}} is set again by every replay, and what it does then is not dropped; use `io.schedule`, or ask `socket.restored` before you set it",
    interval:
      "`{{method}}` in {{who}} keeps the object awake, and billed, for as long as it runs; use `io.schedule`",
  },
});
