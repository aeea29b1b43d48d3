import { createRule } from "./rule.ts";

/** Values that are found out again, and are others, and that listeners read. */
export const noRemadeValues = createRule("no-remade-values", {
  description: "a value that a replay or a wake finds out anew is another than clients know of",
  messages: {
    copy: "`{{name}}` is what `{{source}}` was then, others put another value there, and every {{when}} takes that; read `{{source}}` where you need it",
    derived:
      "`{{name}}` was made of `{{source}}`, others change that, and every {{when}} makes another; make it where you need it",
    connection:
      "`{{name}}` comes from `{{source}}`, and every replay of the connection listener finds out another; keep what was found out first: `socket.data.{{name}} ??= …`",
    module:
      "`{{name}}` of the module comes from `{{source}}`, and after a sleep it is another; make it in `setup`, and keep what was found out first: `io.data.{{name}} ??= …`",
    setup:
      "`{{name}}` comes from `{{source}}`, and every wake finds out another; keep what was found out first: `io.data.{{name}} ??= …`",
  },
});
