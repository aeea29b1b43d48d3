/**
 * What remembers that it was called, or told: functions that run once, or once for each of what they are given
 * (`_.once`, `_.memoize`), and promises that a client's event settles.
 */
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import {
  argumentsOf,
  contains,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
} from "../../code/syntax.ts";
import { has, ofKind } from "../../code/value.ts";
import { effectOf } from "../../walk/effects.ts";
import type { Flow } from "../../walk/flow.ts";
import { sourceIn } from "../remade/sources.ts";

/** Methods of servers and sockets that others see. */
const IS_SEEN =
  /^(emit|send|write|emitWithAck|join|leave|disconnect|socketsJoin|socketsLeave|disconnectSockets)$/;
const REGISTERS = /^(on|once|addListener|prependListener|prependOnceListener)$/;

/** Whether what an emitter calls once does something that is to happen once, and does not ask whether it has. */
export function isToHappenOnce(flow: Flow, module: Module, call: ESTree.Node): boolean {
  if (call.type !== "CallExpression") return false;
  const listener = argumentsOf(call)[1];
  return ofKind(flow.evaluator.evaluate(module, listener), "function").some(
    ({ module: home, node }) => {
      if (contains(node.body, home.keys, (part) => asksKept(flow, home, part))) return false;
      return contains(node.body, home.keys, (part) => hasEffect(flow, home, part));
    },
  );
}

/** `if (io.data.hasBegun) return;` */
function asksKept({ evaluator }: Flow, module: Module, node: ESTree.Node): boolean {
  if (node.type !== "IfStatement" && node.type !== "LogicalExpression") return false;
  return contains(node.type === "IfStatement" ? node.test : node.left, module.keys, (part) =>
    has(evaluator.evaluate(module, part), "kept"),
  );
}

/** Whether it matters that code which is to run once runs again: others see what it does, or it finds out another result. */
export function isOtherAgain(flow: Flow, module: Module, call: ESTree.Node): boolean {
  if (call.type !== "CallExpression") return false;
  const { evaluator } = flow;
  return ofKind(evaluator.evaluate(module, argumentsOf(call)[0]), "function").some((target) => {
    const { module: home, node } = target;
    if (sourceIn(flow, home, node.body, new Set()) !== undefined) return true;
    return contains(node.body, home.keys, (part) => hasEffect(flow, home, part));
  });
}

function hasEffect({ evaluator }: Flow, module: Module, node: ESTree.Node): boolean {
  if (node.type === "AssignmentExpression") {
    return has(evaluator.evaluate(module, node.left), "kept");
  }
  if (node.type !== "CallExpression") return false;
  const callee = unwrap(node.callee);
  if (callee.type !== "MemberExpression") return false;
  if (effectOf(evaluator, module, node) !== undefined) return true;
  const holders = evaluator.evaluate(module, callee.object);
  const isOurs = has(holders, "server") || has(holders, "socket");
  return isOurs && IS_SEEN.test(propertyName(callee) ?? "");
}

/** Whether an event settles a promise; of one with resolvers, who uses it says that. */
export function isSettledByEvents(flow: Flow, module: Module, call: ESTree.Node): boolean {
  if (call.type !== "NewExpression") return true;
  const executor = argumentsOf(call)[0];
  if (!executor || !isFunction(executor)) return false;
  return executor.params.some((parameter) => {
    return isUsedByEvents(flow, module, parameter, executor);
  });
}

/** Whether an event's listener uses what settles a promise, itself or by a variable: `begin = resolve`. */
function isUsedByEvents(
  flow: Flow,
  module: Module,
  settles: ESTree.Node,
  executor: ESTree.Node,
  asked = new Set<unknown>(),
): boolean {
  const variable = module.variableOf(settles);
  if (asked.has(variable)) return false;
  asked.add(variable);
  return (variable?.references ?? []).some((reference) => {
    const node = reference.identifier as ESTree.Node;
    const code = enclosingCode(node);
    if (code !== executor) {
      return [...flow.contextsOf(code)].some(({ kind, origin }) => kind === "listener" && !origin);
    }
    const up = parentOf(node);
    const isLent = up?.type === "AssignmentExpression" && up.right === node;
    if (isLent && up.left.type === "Identifier") {
      return isUsedByEvents(flow, module, up.left, executor, asked);
    }
    return isGivenToEvents(flow, module, node);
  });
}

/** `socket.once("ready", resolve)` */
function isGivenToEvents({ evaluator }: Flow, module: Module, node: ESTree.Node): boolean {
  const call = parentOf(node);
  if (call?.type !== "CallExpression" || call.callee.type !== "MemberExpression") return false;
  if (!REGISTERS.test(propertyName(call.callee) ?? "")) return false;
  const holders = evaluator.evaluate(module, call.callee.object);
  return has(holders, "socket") || has(holders, "server");
}
