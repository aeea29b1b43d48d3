import { createRule } from "./rule.ts";

/** Data that a variable holds, or properties of sockets, that a timer, a promise or a replay changes; what sockets share. */
export const noHeldData = createRule("no-held-data", {
  description: "a change of data that was taken before is looked at with the next event only",
  messages: {
    held: "`{{name}}` was taken from `{{source}}` before, and what `{{later}}` changes in it is lost if the object sleeps before the next event; write to `{{source}}` itself where you change it",
    replayed:
      "`{{name}}` was taken from `{{source}}` before, and what is changed in it behind `{{later}}` is changed again by every replay; write to `{{source}}` itself where you change it, or ask `socket.restored`",
    property:
      "`{{name}}` is changed by {{who}}, which nobody notices: it is lost if the object sleeps before the next event; keep it in `socket.data`, and reach it through `socket.data` where you change it",
    shared:
      "`{{name}}` is in `{{place}}` and elsewhere, and after a sleep each place has a copy of its own, which changes of the others do not reach; keep it once, in `io.data`, and its name in `socket.data` (or, of one client, in `socket.data` alone)",
  },
});
