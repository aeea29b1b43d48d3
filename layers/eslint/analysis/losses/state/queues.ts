/** Places for what is done one after the other: promises of which nothing is lost when all is done. */
import type * as ESTree from "estree";
import { initialValues } from "../../code/initial-values.ts";
import type { Module } from "../../code/module.ts";
import {
  type CodeNode,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
} from "../../code/syntax.ts";
import type { Place } from "../../code/value.ts";
import type { Change } from "../../walk/records.ts";

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
  if (isRead(place, module, node) || isNothing(node)) return true;
  switch (node.type) {
    case "LogicalExpression":
      return inside(node.left) && isBegun(node.right, inside);
    case "ConditionalExpression":
      return goesOnOrBegins(node, inside);
    case "NewExpression":
      return isReleased(module, node);
    case "Identifier": {
      const [def] = module.variableOf(node)?.defs ?? [];
      if (def?.type !== "Variable" || !def.node.init) return false;
      if (isReleasedPromise(module, def.node)) return true;
      return def.parent.kind === "const" && inside(def.node.init);
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

/** `tail ? tail.then(job) : job()`: one behind the other, or the first. */
function goesOnOrBegins(
  { consequent, alternate }: ESTree.ConditionalExpression,
  inside: (part: ESTree.Node) => boolean,
): boolean {
  if (inside(consequent)) return isBegun(alternate, inside);
  return inside(alternate) && isBegun(consequent, inside);
}

/** What is done where there is nobody to wait for: nothing, or the first job. */
function isBegun(value: ESTree.Node, inside: (part: ESTree.Node) => boolean): boolean {
  const node = unwrap(value);
  if (isNothing(node) || inside(node)) return true;
  return node.type === "CallExpression";
}

/**
 * `tail = new Promise((done) => { release = done; })`, where the code that makes it calls `release()`, or gives it to its
 * caller: a lock. Who holds it is at work, and a server at work stays awake.
 */
function isReleased(module: Module, node: ESTree.NewExpression): boolean {
  const [executor] = node.arguments;
  const isPromise = node.callee.type === "Identifier" && node.callee.name === "Promise";
  if (!isPromise || !executor || !isFunction(executor)) return false;
  const resolve = executor.params[0] && module.variableOf(executor.params[0]);
  return (resolve?.references ?? []).some(({ identifier }) => {
    const user = enclosingCode(identifier as ESTree.Node);
    // `release = done`, or `release = () => { tail = undefined; done(); }`
    const assignment = parentOf(user === executor ? (identifier as ESTree.Node) : user);
    if (assignment?.type !== "AssignmentExpression") return false;
    return isCalledIn(module, assignment.left, enclosingCode(node));
  });
}

/** `const { promise, resolve } = Promise.withResolvers()`, likewise. */
function isReleasedPromise(module: Module, { id, init }: ESTree.VariableDeclarator): boolean {
  if (id.type !== "ObjectPattern" || init?.type !== "CallExpression") return false;
  const { callee } = init;
  if (callee.type !== "MemberExpression" || propertyName(callee) !== "withResolvers") return false;
  return id.properties.some((property) => {
    const isResolve = property.type === "Property" && propertyName(property) === "resolve";
    return isResolve && isCalledIn(module, property.value, enclosingCode(init));
  });
}

/** Whether code calls a variable of its own, or gives its caller what calls it. */
function isCalledIn(module: Module, name: ESTree.Node, code: CodeNode): boolean {
  const release = module.variableOf(name);
  if (!release || enclosingCode(release.identifiers[0] as ESTree.Node) !== code) return false;
  return release.references.some(({ identifier }) => {
    const node = identifier as ESTree.Node;
    const up = parentOf(node);
    const user = enclosingCode(node);
    const isCalled = up?.type === "CallExpression" && up.callee === node;
    if (user === code) return isCalled || up?.type === "ReturnStatement";
    return isCalled && isFunction(user) && isGiven(user, code);
  });
}

/** `return () => release()` */
function isGiven(user: CodeNode, code: CodeNode): boolean {
  return parentOf(user)?.type === "ReturnStatement" && enclosingCode(user) === code;
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
