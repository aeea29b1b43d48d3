/**
 * `const { round } = io.data`, taken by `setup` or by a connection listener and read later, while others put another
 * value in its place: who is awake goes on with the first, and a wake, or a replay, takes the other. Likewise what was
 * found out about such a place: `const count = io.data.players.length`.
 */
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import {
  contains,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
  visit,
} from "../../code/syntax.ts";
import type { ContextKind } from "../../walk/context.ts";
import type { Flow } from "../../walk/flow.ts";
import {
  copiesIn,
  type DataPath,
  isAround,
  pathOf,
  pathsIn,
  withoutFallback,
} from "./data-paths.ts";
import { changeOf } from "./held-data.ts";

/** A variable that holds such a copy. */
export interface StaleCopy {
  readonly node: ESTree.Identifier;
  readonly name: string;
  /** What it is a copy of: `io.data.round`. */
  readonly source: string;
  readonly home: CopyHome;
  /** Whether it is not what is there, but what was found out about it. */
  readonly isDerived: boolean;
}

/** Whose running takes the copy. */
export type CopyHome = "setup" | "connection";

type Copy = Pick<StaleCopy, "node" | "isDerived"> & { readonly path: DataPath };

/** By whom what `setup` took is read and replaced, and the same of the connection listener. */
const LATER: Readonly<Record<CopyHome, readonly ContextKind[]>> = {
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

function copiesBy(flow: Flow, module: Module, declarator: ESTree.VariableDeclarator): StaleCopy[] {
  const copies = copiesOf(flow, module, declarator);
  const home = copies.length > 0 ? copyHomeOf(flow, declarator.id) : undefined;
  if (home === undefined) return [];
  return copies.flatMap((copy) => {
    const { node, path, isDerived } = copy;
    const isStale =
      path.names.length > 0 &&
      isReadLater(flow, module, node, LATER[home]) &&
      isReplaced(flow, module, copy, LATER[home]);
    const { name } = node;
    const source = [path.owner, "data", ...path.names.map((part) => part ?? "…")].join(".");
    return isStale ? [{ node, name, source, home, isDerived }] : [];
  });
}

/** Undefined where other code runs it, too, and has what is so at the time. */
export function copyHomeOf(flow: Flow, node: ESTree.Node): CopyHome | undefined {
  const kinds = new Set([...flow.contextsOf(enclosingCode(node))].map(({ kind }) => kind));
  const [home] = kinds;
  if (kinds.size !== 1) return undefined;
  if (home === "module") return enclosingCode(node).type === "Program" ? "setup" : undefined;
  return home === "setup" || home === "connection" ? home : undefined;
}

function copiesOf(
  flow: Flow,
  module: Module,
  { id, init }: ESTree.VariableDeclarator,
): readonly Copy[] {
  if (!init) return [];
  const from = pathOf(flow, module, withoutFallback(init));
  if (from)
    return copiesIn(id, from).map((copy) => ({ ...copy, isDerived: isOfLength(copy.path) }));
  if (id.type !== "Identifier" || !isDerivation(module, init)) return [];
  return pathsIn(flow, module, init).map((path) => ({ node: id, path, isDerived: true }));
}

const LENGTH = /^(length|size)$/;
const DERIVES =
  /^(has|includes|some|every|filter|map|flatMap|join|slice|concat|reduce|indexOf|findIndex|toSorted|toString|toUpperCase|toLowerCase|trim|split)$/;
const DERIVING_FUNCTION = /^(structuredClone|String|Number|Boolean|Set|Map|parseInt|parseFloat)$/;
const DERIVING_OBJECT = /^(Object|Array|JSON|Math)$/;

function isOfLength({ names }: DataPath): boolean {
  return names.length > 1 && LENGTH.test(names.at(-1) ?? "");
}

/** Whether an expression gives a new value made of what it reads, and not a part of that. */
function isDerivation(module: Module, init: ESTree.Node): boolean {
  const node = unwrap(init);
  switch (node.type) {
    case "BinaryExpression":
    case "UnaryExpression":
    case "TemplateLiteral":
      return true;
    case "ArrayExpression":
      return node.elements.some((element) => element?.type === "SpreadElement");
    case "ObjectExpression":
      return node.properties.some((property) => property.type === "SpreadElement");
    case "ConditionalExpression":
      return isDerivation(module, node.test) && ![node.consequent, node.alternate].some(isObject);
    case "LogicalExpression":
      return isDerivation(module, node.left);
    case "MemberExpression":
      // `COLORS[io.data.count % COLORS.length]`
      if (node.computed) return isDerivation(module, node.property);
      return LENGTH.test(propertyName(node) ?? "") && isDerivation(module, node.object);
    case "NewExpression":
    case "CallExpression":
      return isDerivingCall(module, node.callee);
    default:
      return false;
  }
}

function isObject(node: ESTree.Node): boolean {
  return ["MemberExpression", "CallExpression", "ObjectExpression"].includes(unwrap(node).type);
}

function isDerivingCall(module: Module, callee: ESTree.Node): boolean {
  if (callee.type === "Identifier") {
    return DERIVING_FUNCTION.test(callee.name) && !module.variableOf(callee);
  }
  if (callee.type !== "MemberExpression") return false;
  const { object } = callee;
  const isGlobal = object.type === "Identifier" && !module.variableOf(object);
  if (isGlobal && DERIVING_OBJECT.test(object.name)) return propertyName(callee) !== "assign";
  return DERIVES.test(propertyName(callee) ?? "");
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
function isReplaced(flow: Flow, root: Module, copy: Copy, kinds: readonly ContextKind[]): boolean {
  let isFound = false;
  for (const module of flow.modules) {
    visit(module.program, module.keys, (node) => {
      if (isFound) return false;
      const target = replacedBy(root, copy.node, node);
      const path = target && pathOf(flow, module, target);
      isFound =
        ((path && isAround(path, copy.path)) || changesInside(flow, module, node, copy)) &&
        runsIn(flow, node, kinds);
      return !isFound;
    });
  }
  return isFound;
}

/** Whether an expression is about the place, or about what is in it, and changes that: `io.data.players.push(…)`. */
function changesInside(flow: Flow, module: Module, node: ESTree.Node, copy: Copy): boolean {
  if (!copy.isDerived || node.type !== "MemberExpression") return false;
  const path = pathOf(flow, module, node);
  if (!path) return false;
  const names = copy.path.names.filter((name) => !LENGTH.test(name ?? ""));
  if (!isAround({ ...copy.path, names }, path)) return false;
  const change = changeOf(node);
  return change !== undefined && !putsBack(flow.root, copy.node, change);
}

function putsBack(root: Module, copy: ESTree.Identifier, change: ESTree.Node): boolean {
  const variable = root.variableOf(copy);
  const given = change.type === "AssignmentExpression" ? change.right : change;
  return contains(given, root.keys, (node) => {
    return (
      node.type === "Identifier" && variable !== undefined && root.variableOf(node) === variable
    );
  });
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
  const isCopy = given.type === "Identifier" || given.type === "ArrayExpression";
  return isCopy && putsBack(root, copy, node) ? undefined : node.left;
}

/** Whether the code of a place, or what is around it, runs at such a time. */
export function runsIn(flow: Flow, place: ESTree.Node, kinds: readonly ContextKind[]): boolean {
  for (let code = enclosingCode(place); isFunction(code); code = enclosingCode(code)) {
    const contexts = [...flow.contextsOf(code)];
    if (contexts.length > 0) return contexts.some(({ kind }) => kinds.includes(kind));
    if (!parentOf(code)) return false;
  }
  return false;
}
