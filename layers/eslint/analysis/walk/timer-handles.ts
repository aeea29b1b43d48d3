/** Places that hold timers' handles, and nothing else: a timer is what is lost, and is told of by itself. */
import type * as ESTree from "estree";
import { initialValues } from "../code/initial-values.ts";
import type { Module } from "../code/module.ts";
import { parentOf, propertyName, unwrap } from "../code/syntax.ts";
import { timerOf } from "../code/timers.ts";
import type { Place } from "../code/value.ts";
import type { Change } from "./records.ts";

/** `let timer = null; timer = setTimeout(…)` */
export function holdsTimers(place: Place): boolean {
  const values = initialValues(place).map(unwrap);
  const isTimer = (node: ESTree.Node) => isHandle(place.module, node);
  return values.some(isTimer) && values.every((value) => isTimer(value) || isNothing(value));
}

/** What a collection of timers is asked for besides the one to be cleared: a fact that the server goes by. */
const ASKS = /^(has|size|length|keys|entries)$/;

/** `timers.set(room, setTimeout(…))`, `timers[room] = setTimeout(…)`, where they are only taken out to be cleared. */
export function holdsTimersOfMany({ variable }: Place, changes: readonly Change[]): boolean {
  const isAsked = (variable?.references ?? []).some(({ identifier }) => {
    const member = parentOf(identifier as ESTree.Node);
    return member?.type === "MemberExpression" && ASKS.test(propertyName(member) ?? "");
  });
  if (isAsked) return false;
  const put = changes.filter((change) => !isRemoval(change));
  return put.length > 0 && put.every(({ module, stored }) => isHandle(module, stored.at(-1)));
}

function isRemoval({ node }: Change): boolean {
  if (node.type === "UnaryExpression") return true;
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  return /^(delete|clear)$/.test(propertyName(node.callee) ?? "");
}

/** What sets a timer, or a variable that holds what it gave. */
function isHandle(module: Module, value: ESTree.Node | undefined): boolean {
  const node = value && unwrap(value);
  if (node?.type === "CallExpression") return timerOf(module, node) !== undefined;
  const [def] = node?.type === "Identifier" ? (module.variableOf(node)?.defs ?? []) : [];
  const init = def?.type === "Variable" && def.parent.kind === "const" && def.node.init;
  return init ? isHandle(module, init) : false;
}

function isNothing(node: ESTree.Node): boolean {
  if (node.type === "Literal") return node.value === null;
  return node.type === "Identifier" && node.name === "undefined";
}
