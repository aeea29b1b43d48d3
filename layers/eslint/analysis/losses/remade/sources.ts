/** What in the code of an expression is another each time: chance, the time, who is there, what was counted. */
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import {
  argumentsOf,
  contains,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
} from "../../code/syntax.ts";
import { has, ofKind, type Value } from "../../code/value.ts";
import { asksRestored } from "../../values/roles.ts";
import type { Flow } from "../../walk/flow.ts";
import { chanceIn, chanceOfChanges, isChance, isTime } from "./chance.ts";

/** What tells how many are there. */
const COUNTS = /^(clientsCount|size|length)$/;
const ASKS = /^(fetchSockets|allSockets)$/;
/** Methods of lists that call what they are given before they return. */
const AT_ONCE = /^(sort|toSorted|map|flatMap|filter|find|findIndex|from|reduce|some|every)$/;

/** Whether chance is in what is found out at once. */
export function isOfChance(flow: Flow, module: Module, init: ESTree.Node): boolean {
  return contains(init, module.keys, (node) => {
    return isChance(flow, module, node) && !isInside(node, init);
  });
}

/** `socket.data.color ??= …`, `socket.restored ? … : …`: what was found out first is asked for. */
export function isKept(flow: Flow, module: Module, init: ESTree.Node): boolean {
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
  // A function that is given finds it out with each call.
  if (isFunction(unwrap(expression))) return undefined;
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
      if (isChance(flow, module, node) || isTime(module, node)) return text();
      if (asksWhoIsThere(flow, module, node)) return text();
      return chanceOfCallback(flow, module, node) ?? sourceOfCall(flow, module, node, asked);
    case "Identifier":
      return sourceOfVariable(flow, module, node, asked);
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

/** `io.fetchSockets()`. */
function asksWhoIsThere(
  flow: Flow,
  module: Module,
  { callee }: ESTree.SimpleCallExpression,
): boolean {
  const inner = unwrap(callee);
  if (inner.type !== "MemberExpression" || inner.object.type !== "Identifier") return false;
  if (!ASKS.test(propertyName(inner) ?? "")) return false;
  return has(flow.evaluator.evaluate(module, inner.object), "server");
}

/** `cards.sort(() => Math.random() - 0.5)`: what lists call at once. */
function chanceOfCallback(
  flow: Flow,
  module: Module,
  call: ESTree.SimpleCallExpression,
): string | undefined {
  const { callee } = call;
  if (callee.type !== "MemberExpression" || !AT_ONCE.test(propertyName(callee) ?? "")) return;
  const callback = argumentsOf(call).find(isFunction);
  return callback && chanceIn(flow, module, callback);
}

/** `const bytes = randomBytes(32); const secret = bytes.toString("hex")`; not what a function is given. */
function sourceOfVariable(
  flow: Flow,
  module: Module,
  node: ESTree.Identifier,
  asked: Set<ESTree.Node>,
): string | undefined {
  const up = parentOf(node);
  if (up?.type === "CallExpression") return undefined;
  const [def] = module.variableOf(node)?.defs ?? [];
  if (def?.type !== "Variable" || def.parent.kind !== "const" || asked.has(def.node)) {
    return undefined;
  }
  const { id, init } = def.node;
  asked.add(def.node);
  if (id.type !== "Identifier" || !init || enclosingCode(id) !== enclosingCode(node))
    return undefined;
  return isKept(flow, module, init) ? undefined : sourceIn(flow, module, init, asked);
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
      const source =
        sourceIn(flow, target.module, given, asked) ?? sourceOfResult(flow, target, given);
      if (source !== undefined) return source;
    }
  }
  return undefined;
}

/** Of a variable that a function gives, and has changed by chance: `function shuffle(cards) { …; return cards; }`. */
function sourceOfResult(
  flow: Flow,
  { module, node }: Extract<Value, { kind: "function" }>,
  given: ESTree.Node,
): string | undefined {
  const variable = module.variableOf(unwrap(given));
  return variable && chanceOfChanges(flow, module, variable, node);
}
