/** Every scenario of the suite, also for the Worker bundle. */
import { CONNECTION } from "./groups/connection.scenarios.ts";
import { DYNAMIC_NAMESPACES } from "./groups/dynamic-namespaces.scenarios.ts";
import { NAMESPACE_CLEANUP } from "./groups/namespace-cleanup.scenarios.ts";
import { NAMESPACES } from "./groups/namespaces.scenarios.ts";
import { ROOMS } from "./groups/rooms.scenarios.ts";
import type { Scenario } from "./scenario.ts";

/** In the order in which they are run. */
export const ALL: readonly Scenario[] = [
  ...CONNECTION,
  ...NAMESPACES,
  ...DYNAMIC_NAMESPACES,
  ...NAMESPACE_CLEANUP,
  ...ROOMS,
];
