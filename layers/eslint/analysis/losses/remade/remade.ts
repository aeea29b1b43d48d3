/**
 * Values that `setup` or a connection listener finds out, that are others each time, and that listeners read later:
 * a colour by chance, a number that was counted, who was the first. A wake, or a replay, finds out another.
 */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import { initialValues } from "../../code/initial-values.ts";
import type { Module } from "../../code/module.ts";
import {
  contains,
  enclosingCode,
  isClass,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
  visit,
} from "../../code/syntax.ts";
import { has, ofKind, type Value } from "../../code/value.ts";
import { namesIn } from "../../values/roles.ts";
import type { Context } from "../../walk/context.ts";
import type { Flow } from "../../walk/flow.ts";
import { chanceThatChanges } from "./chance.ts";
import { isKept, isOfChance, sourceIn } from "./sources.ts";

/** A variable that holds such a value. */
export interface RemadeValue {
  readonly node: ESTree.Node;
  readonly name: string;
  /** What it comes from: `Math.random()`. */
  readonly source: string;
  readonly home: "module" | "setup" | "connection";
}

const HOMES = ["connection", "setup", "module"] as const;
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
