/** Event emitters of the project's own: their listeners run later, whoever registers them when. */

import { ofKind, type Value } from "../code/value.ts";
import type { Evaluator } from "./evaluator.ts";

const PACKAGES = /^(node:events|events|eventemitter[23]|mitt|nanoevents|tseep|emittery)$/;
/** Classes that extend each other in circles extend nothing. */
const DEEPEST = 5;

export function isEmitter(evaluator: Evaluator, receivers: readonly Value[], depth = 0): boolean {
  if (receivers.some((value) => "name" in value && PACKAGES.test(value.name))) return true;
  if (depth > DEEPEST) return false;
  const owners = [...ofKind(receivers, "instance"), ...ofKind(receivers, "class")];
  return owners.some(({ module, node }) =>
    isEmitter(evaluator, evaluator.evaluate(module, node.superClass), depth + 1),
  );
}
