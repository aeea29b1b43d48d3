/**
 * Values that `setup` or a connection listener finds out, that are others each time, and that listeners read later:
 * a colour by chance, a number that was counted, who was the first. A wake, or a replay, finds out another.
 */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import { chanceIn, chanceOfChanges, chanceThatChanges, isChance, isTime } from "./chance.ts";
import type { Context } from "./context.ts";
import type { Flow } from "./flow.ts";
import { initialValues } from "./initial-values.ts";
import type { Module } from "./module.ts";
import { asksRestored, namesIn } from "./roles.ts";
import {
  argumentsOf,
  contains,
  enclosingCode,
  isClass,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
  visit,
} from "./syntax.ts";
import { has, ofKind, type Value } from "./value.ts";

/** A variable that holds such a value. */
export interface RemadeValue {
  readonly node: ESTree.Node;
  readonly name: string;
  /** What it comes from: `Math.random()`. */
  readonly source: string;
  readonly home: "module" | "setup" | "connection";
}

const HOMES = ["connection", "setup", "module"] as const;
/** What tells how many are there. */
const COUNTS = /^(clientsCount|size|length)$/;
const ASKS = /^(fetchSockets|allSockets)$/;
/** Methods of lists that call what they are given before they return. */
const AT_ONCE = /^(sort|toSorted|map|flatMap|filter|find|findIndex|from|reduce|some|every)$/;

/** Such values of the module in question. */
export function remadeValuesOf(flow: Flow): RemadeValue[] {
  const { root: module } = flow;
  const found: RemadeValue[] = [];
  visit(module.program, module.keys, (node) => {
    if (node.type === "VariableDeclarator") found.push(...remadeBy(flow, module, node));
    if (node.type === "PropertyDefinition") found.push(...remadeField(flow, module, node));
    for (const name of importedBy(module, node)) {
      found.push(...remadeElsewhere(flow, module, name), ...remadeInside(flow, module, name));
    }
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
  const home = HOMES.find((one) => kinds.includes(one));
  // What may be called by listeners, too, finds out what is so at the time.
  if (kinds.some((kind) => kind !== home)) return [];
  if (home === undefined || isKept(flow, module, init)) return [];
  const isByListeners = isReadLater(flow, module, id, code, "listener");
  // A secret of all is asked for by those who come, too.
  const isSecret = home !== "connection" && isReadLater(flow, module, id, code, "middleware");
  if (!isByListeners && !(isSecret && isOfChance(flow, module, init))) return [];
  const variable = module.variableOf(id);
  const source =
    sourceIn(flow, module, init, new Set()) ??
    (variable && chanceThatChanges(flow, module, variable, code));
  return source === undefined ? [] : [{ node: id, name: id.name, source, home }];
}

/** The variables that get what other modules give by name. */
function importedBy(module: Module, node: ESTree.Node): ESTree.Identifier[] {
  if (/^Import(Default|Namespace)?Specifier$/.test(node.type)) {
    return [(node as ESTree.ImportSpecifier).local];
  }
  if (node.type !== "VariableDeclarator" || !node.init || !module.loadedBy(node.init)) return [];
  return namesIn(node.id);
}

/** `import { SECRET } from "./config.ts"`, which that module finds out. */
function remadeElsewhere(flow: Flow, module: Module, id: ESTree.Identifier): RemadeValue[] {
  const isRead = (["listener", "middleware"] as const).some((kind) =>
    isReadLater(flow, module, id, module.program, kind),
  );
  if (!isRead) return [];
  const source = sourceElsewhere(flow, module, flow.evaluator.evaluate(module, id));
  return source === undefined ? [] : [{ node: id, name: id.name, source, home: "module" }];
}

/** `config.SECRET` of `import * as config from "./config.ts"`, or of `const config = require("./config.cjs")`. */
function remadeInside(flow: Flow, module: Module, id: ESTree.Identifier): RemadeValue[] {
  const whole = flow.evaluator.evaluate(module, id);
  if (!has(whole, "module") && !has(whole, "object")) return [];
  for (const { identifier } of module.variableOf(id)?.references ?? []) {
    const member = parentOf(identifier as ESTree.Node);
    if (member?.type !== "MemberExpression" || member.object !== identifier) continue;
    const name = propertyName(member);
    const kinds = [...flow.contextsOf(enclosingCode(member))].map(({ kind }) => kind);
    if (name === undefined || !kinds.some((kind) => /^(listener|middleware)$/.test(kind))) continue;
    const source =
      sourceElsewhere(flow, module, flow.evaluator.evaluate(module, member)) ??
      sourceOfProperty(flow, module, whole, name);
    if (source !== undefined) return [{ node: id, name, source, home: "module" }];
  }
  return [];
}

/** What chance made a variable of another module. */
function sourceElsewhere(flow: Flow, module: Module, values: readonly Value[]): string | undefined {
  for (const { place } of ofKind(values, "state")) {
    const { module: other, variable } = place;
    const init = initialValues(place)[0];
    if (other === module || !variable || !init || !isOfModule(other, variable)) continue;
    if (isFunction(unwrap(init))) continue;
    const source =
      (isOfChance(flow, other, init) ? sourceIn(flow, other, init, new Set()) : undefined) ??
      chanceThatChanges(flow, other, variable, other.program);
    if (source !== undefined) return source;
  }
  return undefined;
}

/** `module.exports = { SECRET: randomUUID() }` */
function sourceOfProperty(
  flow: Flow,
  module: Module,
  values: readonly Value[],
  name: string,
): string | undefined {
  for (const { module: other, node } of ofKind(values, "object")) {
    const isMadeOnce = enclosingCode(node).type === "Program";
    for (const property of other === module || !isMadeOnce ? [] : node.properties) {
      if (property.type !== "Property" || propertyName(property) !== name) continue;
      const { value } = property;
      if (isFunction(value) || !isOfChance(flow, other, value)) continue;
      return sourceIn(flow, other, value, new Set());
    }
  }
  return undefined;
}

/** `secret = randomUUID()`, a field of what is made once, or for each connection, which listeners read. */
function remadeField(flow: Flow, module: Module, field: ESTree.PropertyDefinition): RemadeValue[] {
  const name = propertyName(field);
  const owner = parentOf(parentOf(field) as ESTree.Node);
  const { value } = field;
  if (name === undefined || !owner || !isClass(owner) || !value || isFunction(value)) return [];
  const kinds = field.static
    ? ["module"]
    : [...flow.contextsOf(owner)].map(({ kind }): string => kind);
  const home = HOMES.find((one) => kinds.includes(one));
  if (home === undefined || kinds.some((kind) => kind !== home)) return [];
  if (!isOfChance(flow, module, value) || !isFieldReadLater(flow, module, field, name)) return [];
  const source = sourceIn(flow, module, value, new Set());
  return source === undefined ? [] : [{ node: field, name, source, home }];
}

/** Whether code of listeners asks for a field. */
function isFieldReadLater(
  flow: Flow,
  module: Module,
  field: ESTree.PropertyDefinition,
  name: string,
): boolean {
  return contains(module.program, module.keys, (node) => {
    if (node.type !== "MemberExpression" || propertyName(node) !== name) return false;
    const isLater = [...flow.contextsOf(enclosingCode(node))].some(({ kind }) => {
      return kind === "listener" || kind === "middleware";
    });
    if (!isLater || isWritten(node)) return false;
    const places = ofKind(flow.evaluator.evaluate(module, node), "state");
    return places.some(({ place }) => place.declaration === field);
  });
}

function isWritten(node: ESTree.Node): boolean {
  const up = parentOf(node);
  return up?.type === "AssignmentExpression" && up.left === node;
}

function isOfModule(module: Module, variable: Scope.Variable): boolean {
  return module.homeOf(variable).type === "Program";
}

/** Whether a listener reads it that this code registers. */
function isReadLater(
  flow: Flow,
  module: Module,
  id: ESTree.Identifier,
  code: ESTree.Node,
  reading: Context["kind"],
): boolean {
  const references = module.variableOf(id)?.references ?? [];
  return references.some((reference) => {
    if (!reference.isRead()) return false;
    const reader = enclosingCode(reference.identifier as ESTree.Node);
    if (reader === code) return false;
    return [...flow.contextsOf(reader)].some(({ kind }) => kind === reading);
  });
}

/** Whether chance is in what is found out at once. */
function isOfChance(flow: Flow, module: Module, init: ESTree.Node): boolean {
  return contains(init, module.keys, (node) => {
    return isChance(flow, module, node) && !isInside(node, init);
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
