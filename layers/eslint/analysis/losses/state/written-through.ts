/**
 * `let name = socket.data.name ?? "nobody"`, and `name = given; socket.data.name = given` in a listener: a variable that
 * begins with what is kept, and of which the code that changes it keeps every change.
 */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import { initialValues } from "../../code/initial-values.ts";
import type { Module } from "../../code/module.ts";
import {
  argumentsOf,
  type CodeNode,
  contains,
  enclosingCode,
  isFunction,
  isWithin,
  parentOf,
  propertyName,
  unwrap,
  visit,
} from "../../code/syntax.ts";
import { ofKind, type Place } from "../../code/value.ts";
import type { Flow } from "../../walk/flow.ts";
import type { Change } from "../../walk/records.ts";
import { copiesIn, type DataPath, isSamePlace, pathOf, pathsIn } from "../data/data-paths.ts";

export function isWrittenThrough(flow: Flow, place: Place, changes: readonly Change[]): boolean {
  const { variable, module, hangsOn, isStatic } = place;
  if (hangsOn !== undefined || isStatic) return false;
  const sources = variable
    ? sourcesOf(flow, module, variable)
    : initialValues(place).flatMap((value) => pathsIn(flow, module, value));
  return changes.every(({ module: there, node }) =>
    sources.some((source) => there === module && isKept(flow, place, node, source)),
  );
}

/** The places that the code which declares a variable takes its value from. */
function sourcesOf(flow: Flow, module: Module, variable: Scope.Variable): DataPath[] {
  const declaration = variable.identifiers[0] as ESTree.Node;
  const home = enclosingCode(declaration);
  return variable.references.flatMap(({ identifier, writeExpr }) => {
    if (!writeExpr || enclosingCode(identifier as ESTree.Node) !== home) return [];
    const taken = takenByPattern(flow, module, declaration);
    return taken ? [taken] : pathsIn(flow, module, writeExpr);
  });
}

/** `let { name } = socket.data` */
function takenByPattern(flow: Flow, module: Module, id: ESTree.Node): DataPath | undefined {
  let up = parentOf(id);
  while (up && up.type !== "VariableDeclarator" && !isFunction(up)) up = parentOf(up);
  if (up?.type !== "VariableDeclarator" || up.id.type !== "ObjectPattern" || !up.init) {
    return undefined;
  }
  const from = pathOf(flow, module, up.init);
  return from && copiesIn(up.id, from).find(({ node }) => node === id)?.path;
}

/** Whether the code that makes a change puts it where the variable's value is taken from. */
function isKept(flow: Flow, place: Place, change: ESTree.Node, source: DataPath): boolean {
  const { module } = place;
  const code = enclosingCode(change);
  return keepsIn(flow, module, code, source).some(({ node, value }) => {
    if (isWithin(change, node) || isWithin(node, change)) return true;
    if (!isReachedFrom(module, change, node, code)) return false;
    if (isSameValue(module, change, value)) return true;
    return isBehind(node, change) && value !== undefined && mentions(place, value);
  });
}

interface Keep {
  readonly node: ESTree.Node;
  /** What is put there; undefined where that is not written down. */
  readonly value: ESTree.Node | undefined;
}

/** What code of its own puts into a place, and what functions put there that it calls. */
function keepsIn(flow: Flow, module: Module, code: CodeNode, source: DataPath, depth = 0): Keep[] {
  const found: Keep[] = [];
  visit(code.type === "Program" ? code : code.body, module.keys, (node) => {
    if (isFunction(node)) return false;
    const value = keptBy(flow, module, node, source);
    if (value) found.push({ node, value });
    else if (node.type === "CallExpression" && depth === 0) {
      for (const target of ofKind(flow.evaluator.evaluate(module, node.callee), "function")) {
        if (target.module !== module) continue;
        const inside = keepsIn(flow, module, target.node, source, 1);
        found.push(...inside.map((keep) => ({ node, value: keep.value })));
      }
    }
    return true;
  });
  return found;
}

/** `socket.data.name = …`, `Object.assign(socket.data, { name: … })`. */
function keptBy(
  flow: Flow,
  module: Module,
  node: ESTree.Node,
  source: DataPath,
): ESTree.Node | undefined {
  const isThere = (target: ESTree.Node, more: readonly (string | undefined)[]): boolean => {
    const path = pathOf(flow, module, target);
    if (!path || (path.owner === "socket" && path.base !== source.base)) return false;
    return isSamePlace({ ...path, names: [...path.names, ...more] }, source);
  };
  if (node.type === "AssignmentExpression") {
    return node.operator === "=" && isThere(node.left, []) ? node.right : undefined;
  }
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return undefined;
  const [target, given] = argumentsOf(node);
  if (propertyName(node.callee) !== "assign" || given?.type !== "ObjectExpression") {
    return undefined;
  }
  for (const property of given.properties) {
    if (property.type !== "Property" || !target) continue;
    if (isThere(target, [propertyName(property)])) return property.value;
  }
  return undefined;
}

/** Whether who gets to the change gets to the other place, too, before it leaves. */
function isReachedFrom(
  module: Module,
  change: ESTree.Node,
  keep: ESTree.Node,
  code: CodeNode,
): boolean {
  let around = parentOf(keep);
  while (around && around !== code && around.type !== "BlockStatement") {
    if (/^(If|For|While|Conditional|Logical|Switch)/.test(around.type)) {
      return isWithin(change, around) && isWithin(change, parentOf(keep) as ESTree.Node);
    }
    around = parentOf(around);
  }
  if (!around || !isWithin(change, around)) return false;
  return !contains(around, module.keys, (node) => {
    const leaves = node.type === "ReturnStatement" && enclosingCode(node) === code;
    return leaves && isBehind(node, change) && isBehind(keep, node);
  });
}

/** `name = given` and `socket.data.name = given` */
function isSameValue(module: Module, change: ESTree.Node, value: ESTree.Node | undefined): boolean {
  if (change.type !== "AssignmentExpression" || change.operator !== "=" || !value) return false;
  const text = (node: ESTree.Node) => module.source.getText(unwrap(node));
  return text(change.right) === text(value);
}

function mentions({ module, variable, name }: Place, value: ESTree.Node): boolean {
  return contains(value, module.keys, (node) => {
    if (node.type !== "Identifier") return !variable && module.source.getText(node) === name;
    return variable !== undefined && module.variableOf(node) === variable;
  });
}

function isBehind(node: ESTree.Node, other: ESTree.Node): boolean {
  return (node.range?.[0] ?? 0) >= (other.range?.[1] ?? 0);
}
