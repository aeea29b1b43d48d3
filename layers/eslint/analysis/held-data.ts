/**
 * `const data = socket.data`, changed later by a timer or a promise that nobody waits for. What is
 * reached through `socket.data` at that moment is kept; what somebody has held since before is looked
 * at with the next event only, and the object may fall asleep first.
 */
import type * as ESTree from "estree";
import type { Evaluator } from "./evaluator.ts";
import type { Module } from "./module.ts";
import {
  argumentsOf,
  enclosingCode,
  isFunction,
  isWaitedFor,
  parentOf,
  propertyName,
  unwrap,
  visit,
  wrapped,
} from "./syntax.ts";
import { has } from "./value.ts";

/** A change that may be lost. */
export interface HeldChange {
  readonly node: ESTree.Node;
  /** The variable that holds the data. */
  readonly name: string;
  /** What runs later: `setTimeout`, `then`. */
  readonly later: string;
}

const TIMERS = /^set(Timeout|Interval|Immediate)$/;
const PROMISE_METHODS = /^(then|catch|finally)$/;
const MUTATORS = /^(push|pop|shift|unshift|splice|sort|reverse|set|add|delete|clear)$/;

/** The changes of a module that are made later to data that was taken before. */
export function heldChangesOf(evaluator: Evaluator, module: Module): HeldChange[] {
  const found: HeldChange[] = [];
  visit(module.program, module.keys, (node) => {
    if (node.type === "VariableDeclarator") found.push(...changesOf(evaluator, module, node));
    return true;
  });
  return found;
}

function changesOf(
  evaluator: Evaluator,
  module: Module,
  declarator: ESTree.VariableDeclarator,
): HeldChange[] {
  const identifier = heldBy(evaluator, module, declarator);
  const variable = identifier && module.variableOf(identifier);
  if (!variable) return [];
  const home = enclosingCode(declarator);
  return variable.references.flatMap((reference) => {
    const use = reference.identifier as ESTree.Node;
    const later = laterThan(use, home);
    const change = later && changeBy(use);
    return change ? [{ node: change, name: variable.name, later }] : [];
  });
}

/** The variable that a declaration gives a socket's data to, or a part of it. */
function heldBy(
  evaluator: Evaluator,
  module: Module,
  { id, init }: ESTree.VariableDeclarator,
): ESTree.Identifier | undefined {
  if (!init) return undefined;
  if (id.type === "Identifier") return isData(evaluator, module, init) ? id : undefined;
  if (id.type !== "ObjectPattern" || !isSocket(evaluator, module, init)) return undefined;
  for (const property of id.properties) {
    if (property.type !== "Property" || propertyName(property) !== "data") continue;
    if (property.value.type === "Identifier") return property.value;
  }
  return undefined;
}

function isData(evaluator: Evaluator, module: Module, expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  if (node.type !== "MemberExpression") return false;
  if (propertyName(node) === "data" && isSocket(evaluator, module, node.object)) return true;
  return isData(evaluator, module, node.object);
}

function isSocket(evaluator: Evaluator, module: Module, node: ESTree.Node): boolean {
  return has(evaluator.evaluate(module, node), "socket");
}

/** What makes a place run later than `home`, where nobody waits for it; undefined if it does not. */
function laterThan(place: ESTree.Node, home: ESTree.Node): string | undefined {
  for (let up = enclosingCode(place); up !== home; up = enclosingCode(up)) {
    if (!isFunction(up)) return undefined;
    const call = parentOf(wrapped(up));
    if (call?.type !== "CallExpression" || !argumentsOf(call).includes(up as never)) continue;
    const { callee } = call;
    const name = callee.type === "MemberExpression" ? propertyName(callee) : nameOf(callee);
    if (name === undefined) continue;
    if (TIMERS.test(name)) return name;
    if (PROMISE_METHODS.test(name) && !isWaitedFor(call)) return name;
  }
  return undefined;
}

function nameOf(node: ESTree.Node): string | undefined {
  return node.type === "Identifier" ? node.name : undefined;
}

/** The expression that changes something by way of this identifier; undefined if none does. */
function changeBy(identifier: ESTree.Node): ESTree.Node | undefined {
  let node = wrapped(identifier);
  for (let up = parentOf(node); up?.type === "MemberExpression"; up = parentOf(node)) {
    if (up.object !== node) return undefined;
    const call = parentOf(wrapped(up));
    const isCalled = call?.type === "CallExpression" && call.callee === wrapped(up);
    if (isCalled) return MUTATORS.test(propertyName(up) ?? "") ? call : undefined;
    node = wrapped(up);
  }
  if (node === wrapped(identifier)) return undefined;
  const up = parentOf(node);
  if (up?.type === "AssignmentExpression" && up.left === node) return up;
  if (up?.type === "UpdateExpression") return up;
  return up?.type === "UnaryExpression" && up.operator === "delete" ? up : undefined;
}
