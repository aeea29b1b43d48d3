/**
 * `const { round } = io.data`, taken by `setup` or by a connection listener and read later, while others put another
 * value in its place: who is awake goes on with the first, and a wake, or a replay, takes the other.
 */
import type * as ESTree from "estree";
import type { ContextKind } from "./context.ts";
import type { Flow } from "./flow.ts";
import type { Module } from "./module.ts";
import { enclosingCode, isFunction, parentOf, propertyName, unwrap, visit } from "./syntax.ts";
import { has } from "./value.ts";

/** A variable that holds such a copy. */
export interface StaleCopy {
  readonly node: ESTree.Identifier;
  readonly name: string;
  /** What it is a copy of: `io.data.round`. */
  readonly source: string;
  readonly home: "setup" | "connection";
}

/** A place in the data of a server or of a socket, by the names that lead to it. */
interface DataPath {
  readonly owner: "io" | "socket";
  /** Undefined where the name is not written down. */
  readonly names: readonly (string | undefined)[];
}

/** By whom what `setup` took is read and replaced, and the same of the connection listener. */
const LATER: Readonly<Record<StaleCopy["home"], readonly ContextKind[]>> = {
  setup: ["connection", "listener", "middleware"],
  connection: ["listener"],
};

/** Such copies of the module in question. */
export function staleCopiesOf(flow: Flow): StaleCopy[] {
  const { root: module } = flow;
  const found: StaleCopy[] = [];
  visit(module.program, module.keys, (node) => {
    if (node.type === "VariableDeclarator") found.push(...copiesBy(flow, module, node));
    return true;
  });
  return found;
}

function copiesBy(
  flow: Flow,
  module: Module,
  { id, init }: ESTree.VariableDeclarator,
): StaleCopy[] {
  const from = init ? pathOf(flow, module, sourceOf(init)) : undefined;
  if (!from) return [];
  const kinds = new Set([...flow.contextsOf(enclosingCode(id))].map(({ kind }) => kind));
  const [home] = kinds;
  if (kinds.size !== 1 || (home !== "setup" && home !== "connection")) return [];
  return copiesIn(id, from).flatMap(({ node, path }) => {
    const isStale =
      path.names.length > 0 &&
      isReadLater(flow, module, node, LATER[home]) &&
      isReplaced(flow, module, node, path, LATER[home]);
    const { name } = node;
    const source = [path.owner, "data", ...path.names.map((part) => part ?? "…")].join(".");
    return isStale ? [{ node, name, source, home }] : [];
  });
}

/** `io.data.round ?? 1`, `(io.data.round ??= 1)`: what is there, if it is. */
function sourceOf(init: ESTree.Node): ESTree.Node {
  const node = unwrap(init);
  const isDefault = node.type === "LogicalExpression" || node.type === "AssignmentExpression";
  return isDefault && /^(\?\?|\|\|)=?$/.test(node.operator) ? unwrap(node.left) : node;
}

function copiesIn(
  id: ESTree.Pattern,
  path: DataPath,
): { node: ESTree.Identifier; path: DataPath }[] {
  if (id.type === "Identifier") return [{ node: id, path }];
  if (id.type === "AssignmentPattern") return copiesIn(id.left, path);
  if (id.type !== "ObjectPattern") return [];
  return id.properties.flatMap((property) =>
    property.type === "RestElement"
      ? []
      : copiesIn(property.value, { ...path, names: [...path.names, propertyName(property)] }),
  );
}

/** Where in some data an expression leads; undefined if not there. */
function pathOf(flow: Flow, module: Module, expression: ESTree.Node): DataPath | undefined {
  const node = unwrap(expression);
  if (node.type !== "MemberExpression") return undefined;
  const name = propertyName(node);
  if (name === "data") {
    const owners = flow.evaluator.evaluate(module, node.object);
    if (has(owners, "server")) return { owner: "io", names: [] };
    if (has(owners, "socket")) return { owner: "socket", names: [] };
  }
  const around = pathOf(flow, module, node.object);
  return around && { ...around, names: [...around.names, name] };
}

/** Whether a variable that never changes is read by code of these kinds. */
function isReadLater(
  flow: Flow,
  module: Module,
  id: ESTree.Identifier,
  kinds: readonly ContextKind[],
): boolean {
  const references = module.variableOf(id)?.references ?? [];
  if (references.some((reference) => reference.isWrite() && !reference.init)) return false;
  return references.some(
    (reference) =>
      reference.isRead() &&
      enclosingCode(reference.identifier as ESTree.Node) !== enclosingCode(id) &&
      runsIn(flow, reference.identifier as ESTree.Node, kinds),
  );
}

/** Whether code of these kinds puts another value there, or in the place of what is around it. */
function isReplaced(
  flow: Flow,
  root: Module,
  copy: ESTree.Identifier,
  { owner, names }: DataPath,
  kinds: readonly ContextKind[],
): boolean {
  let isFound = false;
  for (const module of flow.modules) {
    visit(module.program, module.keys, (node) => {
      const target = isFound ? undefined : replacedBy(root, copy, node);
      const path = target && pathOf(flow, module, target);
      if (!path || path.owner !== owner || path.names.length === 0) return !isFound;
      const isThere = path.names.every((name, at) => name !== undefined && name === names[at]);
      isFound = isThere && runsIn(flow, node, kinds);
      return !isFound;
    });
  }
  return isFound;
}

/** What an expression puts another value in the place of; not where it puts the copy itself back. */
function replacedBy(
  root: Module,
  copy: ESTree.Identifier,
  node: ESTree.Node,
): ESTree.Node | undefined {
  if (node.type === "UpdateExpression") return node.argument;
  if (node.type === "UnaryExpression") {
    return node.operator === "delete" ? node.argument : undefined;
  }
  if (node.type !== "AssignmentExpression" || /^(\?\?|\|\|)=$/.test(node.operator))
    return undefined;
  const given = unwrap(node.right);
  const isCopy = given.type === "Identifier" && root.variableOf(given) === root.variableOf(copy);
  return isCopy && root.variableOf(copy) ? undefined : node.left;
}

/** Whether the code of a place, or what is around it, runs at such a time. */
function runsIn(flow: Flow, place: ESTree.Node, kinds: readonly ContextKind[]): boolean {
  for (let code = enclosingCode(place); isFunction(code); code = enclosingCode(code)) {
    const contexts = [...flow.contextsOf(code)];
    if (contexts.length > 0) return contexts.some(({ kind }) => kinds.includes(kind));
    if (!parentOf(code)) return false;
  }
  return false;
}
