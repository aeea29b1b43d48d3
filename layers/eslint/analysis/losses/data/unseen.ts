/**
 * Objects that keep what they know where nobody sees it: private fields that methods change, generators, functions
 * with a variable of their own (`makeCounter()`), and built-ins such as `URLSearchParams`. A connection listener makes such an object again, but nobody can give it what it had known.
 */
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import { type ClassNode, contains, propertyName, unwrap } from "../../code/syntax.ts";
import { ofKind } from "../../code/value.ts";
import { goesOn } from "../../values/collections.ts";
import { isEmitter } from "../../values/emitters.ts";
import { MUTATORS } from "../../walk/changes.ts";
import type { Flow } from "../../walk/flow.ts";
import { holdsState } from "../remade/same-again.ts";

const BUILT_INS =
  /^(AbortController|FormData|Headers|TextDecoder|TransformStream|URL|URLSearchParams|WeakMap|WeakSet)$/;

/** Whether what an expression gives is such an object. */
export function isUnseen(flow: Flow, module: Module, expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  if (isUnseenBuiltIn(module, node) || goesOn(flow.evaluator, module, node)) return true;
  if (node.type === "CallExpression") {
    const makers = ofKind(flow.evaluator.evaluate(module, node.callee), "function");
    if (makers.some((maker) => holdsState(maker))) return true;
  }
  const classes = ofKind(flow.evaluator.evaluate(module, node), "instance");
  return classes.some((owner) => changes(flow, owner.module, owner.node, isInPrivate));
}

/** Whether it is an object of the project's that emits, and whose methods change what it knows. */
export function isChangingEmitter(flow: Flow, module: Module, expression: ESTree.Node): boolean {
  const classes = ofKind(flow.evaluator.evaluate(module, expression), "instance");
  return classes.some(
    (owner) =>
      isEmitter(flow.evaluator, [owner]) && changes(flow, owner.module, owner.node, isInThis),
  );
}

/** `new URLSearchParams()` */
export function isUnseenBuiltIn(module: Module, node: ESTree.Node): boolean {
  if (node.type !== "NewExpression" || node.callee.type !== "Identifier") return false;
  const { callee } = node;
  return BUILT_INS.test(callee.name) && !module.variableOf(callee)?.defs.length;
}

/** Whether methods of a class, not its constructor, change something that is such a place. */
function changes(flow: Flow, module: Module, owner: ClassNode, isPlace: IsPlace): boolean {
  const isChange = (node: ESTree.Node): boolean => isChangeOf(node, isPlace);
  const changesIt = owner.body.body.some((element) => {
    const isMade = element.type === "MethodDefinition" && element.kind === "constructor";
    return !isMade && contains(element, module.keys, isChange);
  });
  if (changesIt || !owner.superClass) return changesIt;
  const parents = ofKind(flow.evaluator.evaluate(module, owner.superClass), "class");
  return parents.some((parent) => changes(flow, parent.module, parent.node, isPlace));
}

type IsPlace = (expression: ESTree.Node) => boolean;

function isChangeOf(node: ESTree.Node, isPlace: IsPlace): boolean {
  if (node.type === "AssignmentExpression") return isPlace(node.left);
  if (node.type === "UpdateExpression") return isPlace(node.argument);
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  return MUTATORS.has(propertyName(node.callee) ?? "") && isPlace(node.callee.object);
}

/** `this.#coins`, `this.#items[0].amount` */
function isInPrivate(expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  if (node.type !== "MemberExpression") return false;
  return node.property.type === "PrivateIdentifier" || isInPrivate(node.object);
}

/** `this.coins`, `this.items[0].amount` */
function isInThis(expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  if (node.type !== "MemberExpression") return false;
  return unwrap(node.object).type === "ThisExpression" || isInThis(node.object);
}
