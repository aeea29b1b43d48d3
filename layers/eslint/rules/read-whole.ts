import { createRule } from "./rule.ts";

/** Code that is too much for the analysis: that it finds nothing there means nothing. */
export const readWhole = createRule("read-whole", {
  description: "code of which a part was not looked at may lose something in a sleep",
  messages: {
    long: "{{name}} is more than the check can follow, and the rest of it was not looked at; split it, or leave it out if a machine has written it",
    computed:
      'what `{{name}}` loads was not looked at: it could be any module; write down the folder that it is in (`"./handlers/" + name`), or check its files by themselves',
    large:
      "{{name}} imports {{other}}, which is too large to be looked at; split it, or leave it out if a machine has written it",
  },
});
