/**
 * Values that `setup` or a connection listener finds out, that are others each time, and that listeners read later:
 * a colour by chance, a number that was counted, who was the first. A wake, or a replay, finds out another.
 */
import type * as ESTree from "estree";
import type { Flow } from "./flow.ts";
import type { Module } from "./module.ts";
import { asksRestored } from "./roles.ts";
import {
  argumentsOf,
  contains,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
  visit,
} from "./syntax.ts";
import { has, ofKind } from "./value.ts";

/** A variable that holds such a value. */
export interface RemadeValue {
  readonly node: ESTree.Node;
  readonly name: string;
  /** What it comes from: `Math.random()`. */
  readonly source: string;
  readonly home: "setup" | "connection";
}

/** Methods by what they are called on, of what the language and the platforms have. */
const GLOBALS: Readonly<Record<string, RegExp>> = {
  Math: /^random$/,
  Date: /^now$/,
  performance: /^now$/,
  crypto: /^(randomUUID|randomBytes|randomInt|getRandomValues)$/,
  process: /^(hrtime|uptime)$/,
};
/** Packages that do nothing else, and what else of Node does. */
const PACKAGES =
  /^(uuid|nanoid|ulid|cuid|shortid|short-uuid|@faker-js\/faker|@paralleldrive\/cuid2)$/;
const OF_CRYPTO = /^(randomUUID|randomBytes|randomInt|getRandomValues)$/;
/** What tells how many are there. */
const COUNTS = /^(clientsCount|size|length)$/;
const ASKS = /^(fetchSockets|allSockets)$/;

/** Such values of the module in question. */
export function remadeValuesOf(flow: Flow): RemadeValue[] {
  const { root: module } = flow;
  const found: RemadeValue[] = [];
  visit(module.program, module.keys, (node) => {
    if (node.type === "VariableDeclarator") found.push(...remadeBy(flow, module, node));
    return true;
  });
  return found;
}

function remadeBy(
  flow: Flow,
  module: Module,
  { id, init }: ESTree.VariableDeclarator,
): RemadeValue[] {
  if (id.type !== "Identifier" || !init || isFunction(unwrap(init))) return [];
  const code = enclosingCode(id);
  const kinds = [...flow.contextsOf(code)].map(({ kind }) => kind);
  const home = (["connection", "setup"] as const).find((one) => kinds.includes(one));
  // What may be called by listeners, too, finds out what is so at the time.
  if (kinds.some((kind) => kind !== home)) return [];
  if (home === undefined || !isReadLater(flow, module, id, code)) return [];
  if (isKept(flow, module, init)) return [];
  const source = sourceIn(flow, module, init, new Set());
  return source === undefined ? [] : [{ node: id, name: id.name, source, home }];
}

/** Whether a listener reads it that this code registers. */
function isReadLater(
  flow: Flow,
  module: Module,
  id: ESTree.Identifier,
  code: ESTree.Node,
): boolean {
  const references = module.variableOf(id)?.references ?? [];
  return references.some((reference) => {
    if (!reference.isRead()) return false;
    const reader = enclosingCode(reference.identifier as ESTree.Node);
    if (reader === code) return false;
    return [...flow.contextsOf(reader)].some(({ kind }) => kind === "listener");
  });
}

/** `socket.data.color ??= …`, `socket.restored ? … : …`: what was found out first is asked for. */
function isKept(flow: Flow, module: Module, init: ESTree.Node): boolean {
  if (asksRestored(module, init)) return true;
  const node = unwrap(init);
  const isDefault =
    (node.type === "AssignmentExpression" && /^(\?\?|\|\|)=$/.test(node.operator)) ||
    (node.type === "LogicalExpression" && node.operator !== "&&");
  return isDefault && has(flow.evaluator.evaluate(module, node.left), "kept");
}

/** What in an expression is another each time; undefined if nothing is. */
export function sourceIn(
  flow: Flow,
  module: Module,
  expression: ESTree.Node,
  asked: Set<ESTree.Node>,
): string | undefined {
  let source: string | undefined;
  contains(expression, module.keys, (node) => {
    if (source !== undefined || isInside(node, expression)) return source !== undefined;
    source = sourceOf(flow, module, node, asked);
    return source !== undefined;
  });
  return source;
}

/** Whether a node belongs to a function inside of the expression, which is called later if at all. */
function isInside(node: ESTree.Node, expression: ESTree.Node): boolean {
  for (let up: ESTree.Node | undefined = node; up && up !== expression; up = parentOf(up)) {
    if (isFunction(up)) return true;
  }
  return false;
}

function sourceOf(
  flow: Flow,
  module: Module,
  node: ESTree.Node,
  asked: Set<ESTree.Node>,
): string | undefined {
  const text = (): string => module.source.getText(node).replace(/\s+/g, " ").slice(0, 40);
  switch (node.type) {
    case "CallExpression":
      return isChance(flow, module, node) ? text() : sourceOfCall(flow, module, node, asked);
    case "NewExpression":
      return isNow(module, node) ? text() : undefined;
    case "MemberExpression":
      return isCount(flow, module, node) ? text() : undefined;
    case "UpdateExpression":
      return isOfServersData(flow, module, node.argument) ? text() : undefined;
    case "AssignmentExpression":
      return countsInData(flow, module, node) ? text() : undefined;
    default:
      return undefined;
  }
}

function isChance(flow: Flow, module: Module, { callee }: ESTree.SimpleCallExpression): boolean {
  const inner = unwrap(callee);
  if (inner.type === "MemberExpression" && inner.object.type === "Identifier") {
    const isGlobal = !module.variableOf(inner.object);
    const name = propertyName(inner) ?? "";
    if (isGlobal && GLOBALS[inner.object.name]?.test(name)) return true;
    const owners = flow.evaluator.evaluate(module, inner.object);
    if (has(owners, "server") && ASKS.test(name)) return true;
  }
  return ofKind(flow.evaluator.evaluate(module, inner), "package").some(({ name, path }) => {
    if (PACKAGES.test(name)) return path.at(-1) !== "validate";
    return /^(node:)?crypto$/.test(name) && OF_CRYPTO.test(path.at(-1) ?? "");
  });
}

/** `new Date()`. */
function isNow(module: Module, node: ESTree.NewExpression): boolean {
  const { callee } = node;
  const isDate = callee.type === "Identifier" && callee.name === "Date";
  return isDate && !module.variableOf(callee) && argumentsOf(node).length === 0;
}

/** `io.engine.clientsCount`, `io.sockets.sockets.size`. */
function isCount(flow: Flow, module: Module, node: ESTree.MemberExpression): boolean {
  if (!COUNTS.test(propertyName(node) ?? "")) return false;
  const owners = flow.evaluator.evaluate(module, node.object);
  return has(owners, "engine") || has(owners, "sockets");
}

/** `io.data.count`: a part of what all have. */
function isOfServersData(flow: Flow, module: Module, expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  if (node.type !== "MemberExpression") return false;
  const isData = propertyName(node) === "data";
  if (isData) return has(flow.evaluator.evaluate(module, node.object), "server");
  return isOfServersData(flow, module, node.object);
}

/** `io.data.count += 1`, `io.data.count = (io.data.count ?? 0) + 1`. */
function countsInData(flow: Flow, module: Module, node: ESTree.AssignmentExpression): boolean {
  const { left, right, operator } = node;
  if (!isOfServersData(flow, module, left)) return false;
  if (operator !== "=") return !/^(\?\?|\|\|)=$/.test(operator);
  return contains(right, module.keys, (part) => isOfServersData(flow, module, part));
}

/** Of what a function of the project gives. */
function sourceOfCall(
  flow: Flow,
  module: Module,
  { callee }: ESTree.SimpleCallExpression,
  asked: Set<ESTree.Node>,
): string | undefined {
  for (const target of ofKind(flow.evaluator.evaluate(module, callee), "function")) {
    if (asked.has(target.node)) continue;
    asked.add(target.node);
    for (const given of flow.evaluator.returnsOf(target.module, target.node)) {
      const source = sourceIn(flow, target.module, given, asked);
      if (source !== undefined) return source;
    }
  }
  return undefined;
}
