import { createRule, stateMessage } from "./rule.ts";

/** Variables of the module, of `setup` or of a connection listener that listeners change. */
export const noStateInVariables = createRule("no-state-in-variables", {
  description: "variables that listeners change are lost when the object sleeps",
  messages: { state: stateMessage("after a sleep it begins anew") },
});
