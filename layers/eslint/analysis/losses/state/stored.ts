/** What code puts into state: whether it can be copied. */
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import {
  contains,
  isClass,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
} from "../../code/syntax.ts";
import { TIMERS } from "../../code/timers.ts";
import { ofKind, type Value } from "../../code/value.ts";
import type { Evaluator } from "../../values/evaluator.ts";
import type { Change } from "../../walk/records.ts";

/** What variables give each other over more steps, nobody copies. */
const DEEPEST = 5;
const COPIED = /^(Map|Set|Date|Array|Error|Uint8Array|ArrayBuffer)$/;
/** Methods that call what they are given, and do not keep it. */
const ASKS = /^(find\w*|filter|map|flatMap|some|every|reduce\w*|sort|toSorted|from)$/;
const ALIVE = new Set<Value["kind"]>([
  ...(["function", "class", "instance", "server", "socket", "sockets", "engine"] as const),
]);

/** Whether what is stored can be copied, as far as one sees: no functions, instances, timers. */
export function isCloned(evaluator: Evaluator, { module, stored }: Change): boolean {
  return !stored.some((value) => isAlive(evaluator, module, value, 0));
}

function isAlive(
  evaluator: Evaluator,
  module: Module,
  expression: ESTree.Node,
  depth: number,
): boolean {
  if (depth > DEEPEST) return true;
  const inside = (home: Module, node: ESTree.Node) => isAlive(evaluator, home, node, depth + 1);
  const values = evaluator.evaluate(module, expression);
  if (values.some(({ kind }) => ALIVE.has(kind))) return true;
  if (ofKind(values, "object").some(({ module: home, node }) => hasMadeAlive(home, node)))
    return true;
  const node = unwrap(expression);
  if (node.type === "Identifier") {
    const variable = module.variableOf(node);
    const isLocal = variable?.defs[0]?.type === "Variable";
    const writes = isLocal ? variable.references : [];
    return writes.some(({ init, writeExpr }) => init && writeExpr && inside(module, writeExpr));
  }
  if (hasMadeAlive(module, node)) return true;
  if (node.type !== "CallExpression") return false;
  const made = ofKind(evaluator.evaluate(module, node.callee), "function");
  return made.some(({ module: home, node: maker }) =>
    evaluator.returnsOf(home, maker).some((value) => inside(home, value)),
  );
}

/** Whether something is made in an expression that no copy can be made of. */
function hasMadeAlive(module: Module, expression: ESTree.Node): boolean {
  return contains(expression, module.keys, (node) => {
    if (isClass(node) || (isFunction(node) && !isAskedOnly(node))) return true;
    if (node.type !== "NewExpression" && node.type !== "CallExpression") return false;
    const name = node.callee.type === "Identifier" ? node.callee.name : "";
    return node.type === "NewExpression" ? !COPIED.test(name) : TIMERS.has(name);
  });
}

function isAskedOnly(node: ESTree.Node): boolean {
  const call = parentOf(node);
  if (call?.type !== "CallExpression" || call.callee === node) return false;
  const { callee } = call;
  return callee.type === "MemberExpression" && ASKS.test(propertyName(callee) ?? "");
}
