/** Places in the data of a server or of a socket, by the names that lead to them: `io.data.round`. */
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import { isFunction, parentOf, propertyName, unwrap, visit } from "../../code/syntax.ts";
import { has } from "../../code/value.ts";
import type { Flow } from "../../walk/flow.ts";

export interface DataPath {
  readonly owner: "io" | "socket";
  /** What the code calls the owner: `io`, `this.io`. */
  readonly base: string;
  /** Undefined where the name is not written down. */
  readonly names: readonly (string | undefined)[];
}

/** Where in some data an expression leads; undefined if not there. */
export function pathOf(flow: Flow, module: Module, expression: ESTree.Node): DataPath | undefined {
  const node = unwrap(expression);
  if (node.type !== "MemberExpression") return undefined;
  const name = propertyName(node);
  if (name === "data") {
    const owners = flow.evaluator.evaluate(module, node.object);
    const base = module.source.getText(node.object);
    if (has(owners, "server")) return { owner: "io", base, names: [] };
    if (has(owners, "socket")) return { owner: "socket", base, names: [] };
  }
  const around = pathOf(flow, module, node.object);
  return around && { ...around, names: [...around.names, name] };
}

/** The places that an expression reads, itself included; not what functions in it read later. */
export function pathsIn(flow: Flow, module: Module, expression: ESTree.Node): DataPath[] {
  const found: DataPath[] = [];
  visit(expression, module.keys, (node) => {
    if (isFunction(node)) return false;
    const path = isCallee(node) ? undefined : pathOf(flow, module, node);
    if (path) found.push(path);
    return path === undefined;
  });
  return found;
}

/** Of `io.data.list.map(…)` the method is no part of the place. */
function isCallee(node: ESTree.Node): boolean {
  const up = parentOf(node);
  return up?.type === "CallExpression" && up.callee === node;
}

/** The variables of a pattern, each with the place that it takes its value from. */
export function copiesIn(
  id: ESTree.Pattern,
  path: DataPath,
): { node: ESTree.Identifier; path: DataPath; fallback?: ESTree.Expression }[] {
  if (id.type === "Identifier") return [{ node: id, path }];
  if (id.type === "AssignmentPattern") {
    return copiesIn(id.left, path).map((copy) => ({ fallback: id.right, ...copy }));
  }
  if (id.type !== "ObjectPattern") return [];
  return id.properties.flatMap((property) =>
    property.type === "RestElement"
      ? []
      : copiesIn(property.value, { ...path, names: [...path.names, propertyName(property)] }),
  );
}

/** `io.data.round ?? 1`, `(io.data.round ??= 1)`: what is there, if it is. */
export function withoutFallback(init: ESTree.Node): ESTree.Node {
  const node = unwrap(init);
  const isDefault = node.type === "LogicalExpression" || node.type === "AssignmentExpression";
  return isDefault && /^(\?\?|\|\|)=?$/.test(node.operator) ? unwrap(node.left) : node;
}

export function isSamePlace(one: DataPath, other: DataPath): boolean {
  const hasNames = one.names.length === other.names.length;
  return one.owner === other.owner && hasNames && isAround(one, other);
}

/** Whether a place is another one, or holds it. */
export function isAround({ owner, names }: DataPath, inner: DataPath): boolean {
  if (owner !== inner.owner || names.length === 0) return false;
  return names.every((name, at) => name !== undefined && name === inner.names[at]);
}
