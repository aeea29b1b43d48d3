import { createRule } from "./rule.ts";

/** What is put into data, or on a socket, and of which there is no copy. */
export const noUnkeptValues = createRule("no-unkept-values", {
  description: "functions, methods, and what is hidden or under a symbol are in no copy",
  messages: {
    symbol:
      "`{{name}}` gets something under a symbol from {{who}}, which no copy has: after a sleep it is gone; give it a name",
    hidden:
      "`{{name}}` gets a property from {{who}} that is hidden, which no copy has: after a sleep it is gone; assign it, or say `enumerable: true`",
    function:
      "`{{name}}` is given a function by {{who}}: after a sleep it is gone; keep what it needs to know, and call a function of the module",
    instance:
      "`{{name}}` is given an instance of a class by {{who}}: after a sleep it has its fields, and no methods; keep plain data, and let functions work on it",
    private:
      "`{{name}}` is given an object by {{who}} that keeps what it knows where nobody sees it: after a sleep it is made again, and has forgotten it; keep plain data, and let functions work on it",
    emitter:
      "`{{name}}` is given an object by {{who}} that emits: after a sleep it is made again, and has forgotten what it knew; put it on the socket itself, or keep plain data",
  },
});
