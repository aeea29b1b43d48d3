/** Emits that expect an answer, which a replay sends again. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { isFunction, parentOf } from "../code/syntax.ts";

const LOGICAL_ASSIGNMENTS = new Set(["??=", "||=", "&&="]);
const DATA = /\bdata\b/;

/** Whether a place runs only where `data` does not have the answer: `if (!socket.data.name) …`, `socket.data.name ??= …`. */
export function isAskedOnce(module: Module, place: ESTree.Node): boolean {
  for (let node = place, up = parentOf(node); up && !isFunction(up); node = up, up = parentOf(up)) {
    const condition = conditionOf(up);
    if (condition !== undefined && condition !== node) {
      if (DATA.test(module.source.getText(condition))) return true;
    }
  }
  return false;
}

/** What decides whether the rest of a node runs. */
function conditionOf(node: ESTree.Node): ESTree.Node | undefined {
  switch (node.type) {
    case "IfStatement":
    case "ConditionalExpression":
      return node.test;
    case "LogicalExpression":
      return node.left;
    case "AssignmentExpression":
      return LOGICAL_ASSIGNMENTS.has(node.operator) ? node.left : undefined;
    default:
      return undefined;
  }
}
