/**
 * ESLint's plugin that finds what server code would lose when its Durable Object sleeps.
 *
 * @example
 * // eslint.config.mjs
 * import dormouse from "dormouse-io/eslint";
 *
 * export default [dormouse.configs.recommended];
 */
import type { ESLint, Linter } from "eslint";
import { askRestored } from "./rules/ask-restored.ts";
import { noHeldData } from "./rules/no-held-data.ts";
import { noLateListeners } from "./rules/no-late-listeners.ts";
import { noLimitsInMemory } from "./rules/no-limits-in-memory.ts";
import { noOnceConnection } from "./rules/no-once-connection.ts";
import { noOutsideListeners } from "./rules/no-outside-listeners.ts";
import { noRemadeValues } from "./rules/no-remade-values.ts";
import { noSocketsInCollections } from "./rules/no-sockets-in-collections.ts";
import { noStateInMiddlewares } from "./rules/no-state-in-middlewares.ts";
import { noStateInVariables } from "./rules/no-state-in-variables.ts";
import { noTimers } from "./rules/no-timers.ts";
import { noUnkeptValues } from "./rules/no-unkept-values.ts";
import { readWhole } from "./rules/read-whole.ts";

const NAME = "dormouse-io";

const rules = {
  "ask-restored": askRestored,
  "no-held-data": noHeldData,
  "no-late-listeners": noLateListeners,
  "no-limits-in-memory": noLimitsInMemory,
  "no-once-connection": noOnceConnection,
  "no-outside-listeners": noOutsideListeners,
  "no-remade-values": noRemadeValues,
  "no-sockets-in-collections": noSocketsInCollections,
  "no-state-in-middlewares": noStateInMiddlewares,
  "no-state-in-variables": noStateInVariables,
  "no-timers": noTimers,
  "no-unkept-values": noUnkeptValues,
  "read-whole": readWhole,
};

const base: ESLint.Plugin = { meta: { name: NAME, namespace: NAME }, rules };

/** Every rule, as an error. */
const recommended: Linter.Config = {
  name: `${NAME}/recommended`,
  plugins: { [NAME]: base },
  rules: Object.fromEntries(Object.keys(rules).map((name) => [`${NAME}/${name}`, "error"])),
};

/** The plugin: its rules, and `configs.recommended` for a flat configuration. */
const plugin: ESLint.Plugin & { configs: { recommended: Linter.Config } } = {
  ...base,
  configs: { recommended },
};

export default plugin;
