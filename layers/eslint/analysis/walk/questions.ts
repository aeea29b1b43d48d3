/** What a replay does again: emits that expect an answer, and what nobody waits for. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { isFunction, parentOf, propertyName } from "../code/syntax.ts";
import { timerOf } from "../code/timers.ts";
import { isReplayed, lineage, type Walk } from "./context.ts";

const LOGICAL_ASSIGNMENTS = new Set(["??=", "||=", "&&="]);
const DATA = /\bdata\b/;
/** What others see of a socket, or of a server. */
const IS_SEEN =
  /^(emit|emitWithAck|send|write|serverSideEmit|join|leave|disconnect|socketsJoin|socketsLeave|disconnectSockets)$/;

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

/**
 * Whether a method is called by what goes on beside a connection listener that has returned: in a replay nothing of it is
 * dropped. Timers are told of by themselves; loops that go on are meant to begin anew; failures need not come again.
 */
export function isDoneAgain(
  module: Module,
  place: ESTree.Node,
  method: string,
  walk: Walk,
): boolean {
  return IS_SEEN.test(method) && isBesideReplay(module, place, walk);
}

/** Whether a place runs beside a connection listener that has returned, with every replay. */
export function isBesideReplay(module: Module, place: ESTree.Node, walk: Walk): boolean {
  if (walk.context.origin === undefined || !isReplayed(walk)) return false;
  const isOther = lineage(walk.context).some(({ node, module: home }) => {
    if (node.type !== "CallExpression") return false;
    const { callee } = node;
    if (callee.type === "MemberExpression" && propertyName(callee) === "catch") return true;
    return timerOf(home, node) !== undefined;
  });
  return !isOther && !isInLoop(place) && !isAskedOnce(module, place);
}

/** Whether a place is in a loop that may go on for as long as its client is there. */
function isInLoop(place: ESTree.Node): boolean {
  for (let up = parentOf(place); up && !isFunction(up); up = parentOf(up)) {
    if (up.type === "ForOfStatement" && up.await) return true;
    if (/^(Do)?WhileStatement$/.test(up.type)) return true;
    if (up.type === "ForStatement" && !up.test) return true;
  }
  return false;
}
