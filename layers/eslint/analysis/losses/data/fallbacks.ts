/**
 * `const list = io.data.list ?? []`, where nobody ever puts a list there: what listeners add to it, they add to one that
 * is made anew with every wake, or replay.
 */
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import { argumentsOf, propertyName, unwrap, visit } from "../../code/syntax.ts";
import { isCollectionValue } from "../../values/collections.ts";
import type { Flow } from "../../walk/flow.ts";
import { copyHomeOf, runsIn } from "./copies.ts";
import { copiesIn, type DataPath, pathOf, withoutFallback } from "./data-paths.ts";
import { changeBy } from "./held-data.ts";

/** A variable with such a first value. */
export interface UnkeptFallback {
  readonly node: ESTree.Identifier;
  readonly name: string;
  /** Where it was looked for: `io.data.list`. */
  readonly source: string;
}

interface Fallback {
  readonly node: ESTree.Identifier;
  readonly path: DataPath;
  readonly fallback: ESTree.Expression;
}

/** Such variables of the module in question. */
export function unkeptFallbacksOf(flow: Flow): UnkeptFallback[] {
  const { root: module } = flow;
  const found: UnkeptFallback[] = [];
  visit(module.program, module.keys, (node) => {
    if (node.type !== "VariableDeclarator") return true;
    for (const { node: id, path, fallback } of fallbacksOf(flow, module, node)) {
      if (!isCollectionValue(flow.evaluator, module, fallback)) continue;
      if (!isChangedLater(flow, module, id) || isPutThere(flow, path)) continue;
      const source = [path.owner, "data", ...path.names].join(".");
      found.push({ node: id, name: id.name, source });
    }
    return true;
  });
  return found;
}

function fallbacksOf(
  flow: Flow,
  module: Module,
  { id, init }: ESTree.VariableDeclarator,
): Fallback[] {
  const value = init ? unwrap(init) : undefined;
  if (!value) return [];
  const from = pathOf(flow, module, withoutFallback(value));
  if (!from) return [];
  const ofAll = value.type === "LogicalExpression" ? value.right : undefined;
  return copiesIn(id, from).flatMap(({ node, path, fallback = ofAll }) =>
    fallback && path.names.length > 0 ? [{ node, path, fallback }] : [],
  );
}

/** Whether listeners change what is in it. */
function isChangedLater(flow: Flow, module: Module, id: ESTree.Identifier): boolean {
  const home = copyHomeOf(flow, id);
  if (home === undefined) return false;
  const kinds = home === "setup" ? (["connection", "listener"] as const) : (["listener"] as const);
  return (module.variableOf(id)?.references ?? []).some(({ identifier }) => {
    const change = changeBy(identifier as ESTree.Node);
    return change !== undefined && runsIn(flow, change, kinds);
  });
}

/** Whether somebody puts something there, by whatever means. */
function isPutThere(flow: Flow, wanted: DataPath): boolean {
  let isFound = false;
  for (const module of flow.modules) {
    visit(module.program, module.keys, (node) => {
      isFound ||= puts(flow, module, node, wanted);
      return !isFound;
    });
  }
  return isFound;
}

function puts(flow: Flow, module: Module, node: ESTree.Node, wanted: DataPath): boolean {
  if (node.type === "AssignmentExpression") {
    const path = pathOf(flow, module, node.left);
    return path !== undefined && mayBeAround(path, wanted);
  }
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  const [target] = argumentsOf(node);
  const isAssign = propertyName(node.callee) === "assign" && target !== undefined;
  return isAssign && pathOf(flow, module, target)?.owner === wanted.owner;
}

/** Whether a place is another one, or holds it, or may do so by a name that is not written down. */
function mayBeAround({ owner, names }: DataPath, inner: DataPath): boolean {
  if (owner !== inner.owner || names.length > inner.names.length) return false;
  return names.every((name, at) => name === undefined || name === inner.names[at]);
}
