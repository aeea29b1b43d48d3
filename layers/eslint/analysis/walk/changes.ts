/** Which expressions change state in memory, and which state. */
import type * as ESTree from "estree";
import { initialValues } from "../code/initial-values.ts";
import type { Module } from "../code/module.ts";
import {
  argumentsOf,
  contains,
  parentOf,
  propertyName,
  type TypeNode,
  unwrap,
} from "../code/syntax.ts";
import { ofKind, type Place, type Value } from "../code/value.ts";
import { changedFirst, changesItself, isBuffer } from "../values/built-ins.ts";
import { contentsOf } from "../values/collection-classes.ts";
import { isCollection, isGenerator, isPackagesCollection } from "../values/collections.ts";
import type { Evaluator } from "../values/evaluator.ts";
import { leavesMatch, remembersMatch } from "../values/regular-expressions.ts";

/** Methods of collections that change what they are called on. */
export const MUTATORS: ReadonlySet<string> = new Set([
  ...["set", "add", "delete", "clear"],
  ...["push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin"],
]);
/** The same of collections of packages. */
const OTHER_MUTATORS =
  /^(put|insert|enqueue|dequeue|offer|poll|remove|del|take|mset|push(Front|Back)|pop(Front|Back)|increase|decrease)$/;
/** Whoever has one of these has no state of memory in it. */
const FOREIGN = new Set<Value["kind"]>([
  "server",
  "socket",
  "engine",
  "sockets",
  "kept",
  "outside",
]);

const OWNS_FIELDS = new Set<Value["kind"]>(["instance", "class", "namespace"]);

export interface Target {
  readonly place: Place;
  readonly how: "assigned" | "mutated";
  readonly stored: readonly ESTree.Node[];
}

/** What an expression changes; nothing for most. */
export function targetsOf(evaluator: Evaluator, module: Module, node: ESTree.Node): Target[] {
  switch (node.type) {
    case "AssignmentExpression":
      return assigned(evaluator, module, node.left, [node.right]);
    case "UpdateExpression":
      return assigned(evaluator, module, node.argument, []);
    case "UnaryExpression":
      return node.operator === "delete" ? assigned(evaluator, module, node.argument, []) : [];
    case "CallExpression":
      return mutated(evaluator, module, node);
    case "ForInStatement":
    case "ForOfStatement":
      // `for (last of words)`; one that declares its variable changes none.
      return node.left.type === "VariableDeclaration"
        ? []
        : assigned(evaluator, module, node.left, []);
    default:
      return [];
  }
}

function assigned(
  evaluator: Evaluator,
  module: Module,
  target: ESTree.Node,
  stored: readonly ESTree.Node[],
): Target[] {
  const node = unwrap(target);
  switch (node.type) {
    case "Identifier": {
      const variable = module.variableOf(node);
      const place = variable
        ? evaluator.placeOf(module, variable)
        : evaluator.globalPlace(module, node.name);
      return place ? [{ place, how: "assigned", stored }] : [];
    }
    case "MemberExpression":
      return memberAssigned(evaluator, module, node, stored);
    case "ArrayPattern":
      return node.elements.flatMap((element) =>
        element ? assigned(evaluator, module, element, stored) : [],
      );
    case "ObjectPattern":
      return node.properties.flatMap((property) =>
        assigned(
          evaluator,
          module,
          property.type === "RestElement" ? property.argument : property.value,
          stored,
        ),
      );
    case "AssignmentPattern":
      return assigned(evaluator, module, node.left, stored);
    default:
      return [];
  }
}

function memberAssigned(
  evaluator: Evaluator,
  module: Module,
  node: ESTree.MemberExpression,
  stored: readonly ESTree.Node[],
): Target[] {
  const name = propertyName(node);
  if (module.isGlobalObject(node.object)) {
    const place = evaluator.globalPlace(module, name ?? "");
    return place ? [{ place, how: "assigned", stored }] : [];
  }
  const property = evaluator.properties.placeOf(module, node);
  if (property) return [{ place: property, how: "assigned", stored }];
  // A class's own code for it says by itself what it changes.
  if (evaluator.accessorsOf(module, node, "set").length > 0) return [];
  const holders = evaluator.evaluate(module, node.object);
  const owners = holders.filter(({ kind }) => OWNS_FIELDS.has(kind));
  const contents =
    name === undefined || name === "length" ? contentsOf(evaluator, module, node.object) : [];
  if (contents.length > 0) return contents.map((place) => ({ place, how: "mutated", stored }));
  const fields = name === undefined ? [] : evaluator.fieldsOf(owners, name);
  if (fields.length > 0) return fields.map((place) => ({ place, how: "assigned", stored }));
  // `this[key] = value`: any of its fields.
  if (name === undefined && owners.length > 0)
    return wholesOf(evaluator, owners).map((place) => ({ place, how: "mutated", stored }));
  const tables = holders.filter(({ kind }) => kind === "object" || kind === "module");
  const own = name === undefined ? [] : evaluator.fieldsOf(tables, name);
  const places = statesOf(holders).filter((place) => {
    return name !== "lastIndex" || !remembersMatch(place);
  });
  // What a property held before is not changed by what is put there now.
  const changed = places.length > 0 ? own.filter(isProperty) : own;
  return [
    ...changed.map((place) => ({ place, how: "assigned" as const, stored })),
    ...places.map((place) => ({ place, how: "mutated" as const, stored })),
  ];
}

/** Whether a place is a property of an object, and not what that was given. */
function isProperty({ declaration }: Place): boolean {
  return parentOf(declaration)?.type === "Property";
}

/** An instance, or a class, as one place: where any of its fields may be changed. */
function wholesOf(evaluator: Evaluator, owners: readonly Value[]): Place[] {
  return [...ofKind(owners, "instance"), ...ofKind(owners, "class")].map(
    ({ kind, module, node }) => {
      const name = node.id?.name ?? "a class";
      const isStatic = kind === "class";
      const place = { module, declaration: node, name, owner: node, isStatic, isWhole: true };
      return evaluator.place(node, place);
    },
  );
}

/** `Object.assign(this, …)`, `Reflect.set(this, …)`: of what is no collection, too. */
function isOfObject(callee: ESTree.MemberExpression): boolean {
  const object = unwrap(callee.object);
  return object.type === "Identifier" && /^(Object|Reflect)$/.test(object.name);
}

function mutated(
  evaluator: Evaluator,
  module: Module,
  call: ESTree.SimpleCallExpression,
): Target[] {
  const callee = unwrap(call.callee);
  const args = argumentsOf(call);
  if (isMutatingFunction(evaluator, module, callee)) {
    const [target, ...stored] = args;
    const places = statesOf(evaluator.evaluate(module, target));
    return places.map((place) => ({ place, how: "mutated", stored }));
  }
  if (callee.type !== "MemberExpression") return [];
  const name = propertyName(callee) ?? "";
  const changed = changedFirst(module, call, (method) => MUTATORS.has(method));
  if (changed) {
    const stored = args.filter((arg) => arg !== changed);
    const values = evaluator.evaluate(module, changed);
    const wholes = isOfObject(callee) ? wholesOf(evaluator, values) : [];
    const places = [...statesOf(values), ...wholes];
    return places.map((place) => ({ place, how: "mutated", stored }));
  }
  if (name === "copy") {
    // `bytes.copy(canvas, at)`
    const targets = statesOf(evaluator.evaluate(module, args[0])).filter((place) =>
      initialValues(place).some((value) => isBuffer(place.module, unwrap(value))),
    );
    return targets.map((place) => ({ place, how: "mutated", stored: [callee.object] }));
  }
  const setting = name === "set" ? evaluator.properties.settingOf(module, call) : undefined;
  if (setting) return [{ place: setting, how: "assigned", stored: args.slice(1) }];
  const receivers = evaluator.evaluate(module, callee.object);
  if (name === "next") {
    const places = statesOf(receivers).filter((place) => isGenerator(evaluator, place));
    return places.map((place) => ({ place, how: "mutated", stored: [] }));
  }
  const builtIn = statesOf(receivers).filter(
    (place) =>
      leavesMatch(place, name, call) ||
      initialValues(place).some((value) => changesItself(place.module, value, name, call)),
  );
  if (builtIn.length > 0) return builtIn.map((place) => ({ place, how: "mutated", stored: args }));
  if (OTHER_MUTATORS.test(name)) {
    const places = statesOf(receivers).filter((place) => isPackagesCollection(evaluator, place));
    return places.map((place) => ({ place, how: "mutated", stored: args }));
  }
  if (!MUTATORS.has(name)) return [];
  // A method of the project's own says by itself what it changes.
  if (ofKind(evaluator.methodsOf(module, callee), "function").length > 0) return [];
  const contents = contentsOf(evaluator, module, callee.object);
  const collections =
    contents.length > 0
      ? contents
      : statesOf(receivers).filter((place) => isCollection(evaluator, place));
  return collections.map((place) => ({ place, how: "mutated", stored: args }));
}

const HELPERS =
  /^(lodash(-es)?([./]\w+)?|underscore|es-toolkit(\/compat)?|dot-prop|object-path|dset|just-safe-set)$/;
const CHANGES_FIRST =
  /^(remove|pull\w*|set(With|Property)?|unset|update(With)?|merge(With)?|assign\w*|defaults(Deep)?|fill|extend|dset|deleteProperty|default)$/;

/** `_.remove(users, …)`, `set(state, "a.b", …)`. */
function isMutatingFunction(evaluator: Evaluator, module: Module, callee: ESTree.Node): boolean {
  return ofKind(evaluator.evaluate(module, callee), "package").some(({ name, path }) => {
    const last = path.at(-1) ?? name.split(/[./]/).at(-1) ?? "";
    return HELPERS.test(name) && CHANGES_FIRST.test(last);
  });
}

function statesOf(values: readonly Value[]): Place[] {
  if (values.some((value) => FOREIGN.has(value.kind) && !isOfBuffer(value))) return [];
  return ofKind(values, "state")
    .filter(({ isCopy }) => !isCopy)
    .map(({ place }) => place);
}

/** `Buffer`, imported, makes what is in memory, and leads nowhere. */
function isOfBuffer(value: Value): boolean {
  return value.kind === "outside" && /^(node:)?buffer$/.test(value.name);
}

/** Whether some of these nodes holds a socket: is one, or is an object or instance with one in it. */
export function holdSocket(
  evaluator: Evaluator,
  module: Module,
  nodes: readonly ESTree.Node[],
): boolean {
  return nodes.some((node) => holdsSocket(evaluator, module, node, 0));
}

function holdsSocket(
  evaluator: Evaluator,
  module: Module,
  node: ESTree.Node,
  depth: number,
): boolean {
  if (depth > 4) return false;
  const inner = unwrap(node);
  const within = (child: ESTree.Node) => holdsSocket(evaluator, module, child, depth + 1);
  switch (inner.type) {
    case "Identifier": {
      if (isSocket(evaluator, module, inner)) return true;
      const variable = module.variableOf(inner);
      const isLocal = variable?.defs[0]?.type === "Variable" && variable.references.length < 20;
      if (!variable || !isLocal) return false;
      return variable.references.some(
        ({ writeExpr, init }) => init && writeExpr && writeExpr !== node && within(writeExpr),
      );
    }
    case "MemberExpression":
      return isSocket(evaluator, module, inner);
    case "ObjectExpression":
      return inner.properties.some((property) =>
        property.type === "SpreadElement" ? within(property.argument) : within(property.value),
      );
    case "ArrayExpression":
      return inner.elements.some((element) => element !== null && within(element));
    case "NewExpression":
      return isKeptByClass(evaluator, module, inner);
    case "LogicalExpression":
      return within(inner.left) || within(inner.right);
    case "ConditionalExpression":
      return within(inner.consequent) || within(inner.alternate);
    default:
      return false;
  }
}

function isSocket(evaluator: Evaluator, module: Module, node: ESTree.Node): boolean {
  return evaluator.evaluate(module, node).some(({ kind }) => kind === "socket");
}

/** `new Player(socket)`, where the class's constructor keeps that argument. */
function isKeptByClass(evaluator: Evaluator, module: Module, node: ESTree.NewExpression): boolean {
  const sockets = argumentsOf(node).map((arg) => isSocket(evaluator, module, arg));
  if (!sockets.includes(true)) return false;
  return ofKind(evaluator.evaluate(module, node.callee), "class").some((owner) =>
    owner.node.body.body.some((element) => {
      if (element.type !== "MethodDefinition" || element.kind !== "constructor") return false;
      return element.value.params.some((parameter, index) => {
        if (!sockets[index]) return false;
        if ((parameter.type as string) === "TSParameterProperty") return true;
        return keepsParameter(owner.module, element.value, parameter);
      });
    }),
  );
}

function keepsParameter(
  module: Module,
  maker: ESTree.FunctionExpression,
  parameter: ESTree.Node,
): boolean {
  const variable = module.variableOf(parameter);
  return contains(maker.body, module.keys, (node) => {
    if (node.type !== "AssignmentExpression" || node.left.type !== "MemberExpression") return false;
    const value = unwrap(node.right);
    return (
      node.left.object.type === "ThisExpression" &&
      value.type === "Identifier" &&
      variable !== undefined &&
      module.variableOf(value) === variable
    );
  });
}

/** `Map<string, Socket>`, `Socket[]`. */
export function isTypedForSockets(evaluator: Evaluator, { module, declaration }: Place): boolean {
  const { typeAnnotation } = declaration as unknown as TypeNode;
  const types = [typeAnnotation, typeArgumentsOf(declaration)].filter(Boolean) as ESTree.Node[];
  return types.some((type) =>
    contains(type, module.keys, (node) => {
      if ((node.type as string) !== "TSTypeReference") return false;
      const name = (node as unknown as TypeNode).typeName as ESTree.Node;
      return evaluator.roleOfType(module, name) === "socket";
    }),
  );
}

/** `new Map<string, Socket>()`. */
function typeArgumentsOf(declaration: ESTree.Node): unknown {
  const holder = declaration.type === "PropertyDefinition" ? declaration : parentOf(declaration);
  if (holder?.type !== "VariableDeclarator" && holder?.type !== "PropertyDefinition")
    return undefined;
  const value = holder.type === "VariableDeclarator" ? holder.init : holder.value;
  return (value as unknown as TypeNode | undefined)?.typeArguments;
}
