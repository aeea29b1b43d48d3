import { createRule } from "./rule.ts";

/** Data that a variable holds, and that a timer or a promise changes later. */
export const noHeldData = createRule("no-held-data", {
  description: "a change of data that was taken before is looked at with the next event only",
  messages: {
    held: "`{{name}}` was taken from `{{source}}` before, and what `{{later}}` changes in it is lost if the object sleeps before the next event; write to `{{source}}` itself where you change it",
  },
});
