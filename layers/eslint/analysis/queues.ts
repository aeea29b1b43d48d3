/** Places for what is done one after the other: promises of which nothing is lost when all is done. */
import type * as ESTree from "estree";
import { initialValues } from "./initial-values.ts";
import type { Module } from "./module.ts";
import type { Change } from "./records.ts";
import { isFunction, propertyName, unwrap } from "./syntax.ts";
import type { Place } from "./value.ts";

const SETTLES = /^(then|catch|finally)$/;
/** Variables that lead to each other over more steps lead nowhere. */
const DEEPEST = 4;

/** `tail = tail.then(job)`, `this.tail = this.tail.then(job)`, `tails.set(room, (tails.get(room) ?? Promise.resolve()).then(job))`. */
export function holdsQueue(place: Place, changes: readonly Change[]): boolean {
  const goesOn = (module: Module, value: ESTree.Node) => isQueue(place, module, value, 0);
  const initial = initialValues(place).map(unwrap);
  const isOfMany = initial.length > 0 && initial.every(isEmptyMap);
  if (isOfMany) {
    const sets = changes.filter(({ stored }) => stored.length === 2);
    const others = changes.filter(({ stored }) => stored.length !== 2);
    return (
      sets.length > 0 &&
      sets.every(({ module, stored }) => goesOn(module, stored[1] as ESTree.Node)) &&
      others.every(isRemoval)
    );
  }
  const isGiven = changes.every(({ how, module, stored }) => {
    return how === "assigned" && stored.length > 0 && stored.every((one) => goesOn(module, one));
  });
  if (!isGiven || changes.length === 0) return false;
  return initial.every((value) => isNothing(value) || goesOn(place.module, value));
}

function isEmptyMap(node: ESTree.Node): boolean {
  const isMap = node.type === "NewExpression" && node.callee.type === "Identifier";
  return isMap && (node.callee as ESTree.Identifier).name === "Map" && node.arguments.length === 0;
}

function isRemoval({ node }: Change): boolean {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  return /^(delete|clear)$/.test(propertyName(node.callee) ?? "");
}

function isNothing(node: ESTree.Node): boolean {
  if (node.type === "Literal") return node.value === null;
  return node.type === "Identifier" && node.name === "undefined";
}

/** Whether an expression gives a promise of what was begun before, or of nothing. */
function isQueue(place: Place, module: Module, expression: ESTree.Node, depth: number): boolean {
  const node = unwrap(expression);
  const inside = (part: ESTree.Node) => isQueue(place, module, part, depth + 1);
  if (depth > DEEPEST) return false;
  if (isRead(place, module, node)) return true;
  switch (node.type) {
    case "LogicalExpression":
      return inside(node.left) && inside(node.right);
    case "Identifier": {
      const [def] = module.variableOf(node)?.defs ?? [];
      const init = def?.type === "Variable" && def.parent.kind === "const" && def.node.init;
      return init ? inside(init) : false;
    }
    case "CallExpression": {
      if (node.callee.type !== "MemberExpression") return false;
      const { object } = node.callee;
      const name = propertyName(node.callee) ?? "";
      if (object.type === "Identifier" && object.name === "Promise") {
        return name === "resolve" && node.arguments.every((arg) => isNothing(unwrap(arg)));
      }
      return SETTLES.test(name) && !takesResult(node) && inside(object);
    }
    default:
      return false;
  }
}

/** `count.then((before) => before + 1)`: a promise that hands on what was found out. */
function takesResult(call: ESTree.SimpleCallExpression): boolean {
  const [first] = call.arguments;
  const isThen = call.callee.type === "MemberExpression" && propertyName(call.callee) === "then";
  return isThen && first !== undefined && isFunction(first) && first.params.length > 0;
}

/** The place itself, or an element of it. */
function isRead(place: Place, module: Module, node: ESTree.Node): boolean {
  const { variable, name } = place;
  if (node.type === "Identifier") {
    return variable !== undefined && module.variableOf(node) === variable;
  }
  if (node.type === "CallExpression" && node.callee.type === "MemberExpression") {
    const isGet = propertyName(node.callee) === "get";
    return isGet && isRead(place, module, unwrap(node.callee.object));
  }
  if (node.type !== "MemberExpression") return false;
  return !variable && module.source.getText(node) === name;
}
