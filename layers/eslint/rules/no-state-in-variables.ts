import { createRule, stateMessage } from "./rule.ts";

/** Variables of the module, of `setup` or of a connection listener that listeners change. */
export const noStateInVariables = createRule("no-state-in-variables", {
  description: "variables that listeners change are lost when the object sleeps",
  messages: {
    state: stateMessage("after a sleep it begins anew"),
    once: "`{{name}}` remembers in memory what its function has done, or found out: after a sleep it does so again; keep that in `io.data`, or in `socket.data` if it belongs to one client",
    hears:
      "`{{name}}` hears once after every wake, and every replay, not once: keep in `io.data`, or in `socket.data` if it belongs to one client, that it happened, and ask that",
    counter:
      "`{{name}}` counts in memory, and after a sleep it begins anew: two get the same number; use `crypto.randomUUID()`, or count in `io.data`",
    promise:
      "An event settles what `{{name}}` makes, and after a sleep it is not settled: who waits for it waits for ever; keep in `socket.data`, or in `io.data`, that it happened, and ask that",
    lastIndex:
      "`{{name}}` goes on where its last match has ended, and {{who}} asks it (line {{line}}): after a sleep it begins anew; leave out the flag, or set `lastIndex` to 0 before",
    fallback:
      "`{{name}}` is made anew after every sleep, with what listeners put into it: nobody puts it into `{{source}}`; write `{{source}} ??= …`",
    stream:
      "`{{name}}` goes on with each piece where the last has ended, in memory: after a sleep it begins anew; give it all of a text, or of the bytes, within one event, or keep the pieces in `socket.data` until all have come",
    package:
      "`{{name}}` keeps what it is told in memory: after a sleep it begins anew; keep what it can be made of again (a text, its JSON) in `io.data`, or in `socket.data` if it belongs to one client, and make it of that",
  },
});
