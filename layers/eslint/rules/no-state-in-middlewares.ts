import { createRule, stateMessage } from "./rule.ts";

/** Listeners that middlewares register, and variables that they change. */
export const noStateInMiddlewares = createRule("no-state-in-middlewares", {
  description: "what middlewares leave behind, other than in `socket.data`, is lost or made again",
  messages: {
    state: stateMessage(
      "after a sleep it begins anew, and the middleware does not run for those who are connected",
    ),
    listener:
      'The listener of "{{event}}" is registered by a middleware, which has to run again for this after every sleep; register it in the connection listener',
    context:
      "what a middleware gives by `{{name}}` to the code behind it is not there after a sleep, when connection listeners run again without it; put it into `socket.data`, and give it anew where events are heard",
    store:
      "`{{name}}` keeps its sessions in memory, and loses them in a sleep; give it a `store` that lasts",
  },
});
