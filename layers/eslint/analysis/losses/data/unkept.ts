/**
 * What is put where values are kept, and is no value: under a symbol, hidden, a function, an instance with methods. No
 * copy has it. What `setup`, a connection listener or a middleware puts there is put there again; what listeners do is
 * lost.
 */
import type * as ESTree from "estree";
import { initialValues } from "../../code/initial-values.ts";
import type { Module } from "../../code/module.ts";
import {
  argumentsOf,
  type ClassNode,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
  visit,
} from "../../code/syntax.ts";
import { has, ofKind } from "../../code/value.ts";
import { goesOn } from "../../values/collections.ts";
import { isGuarded } from "../../values/roles.ts";
import { type Context, isLater } from "../../walk/context.ts";
import type { Flow } from "../../walk/flow.ts";
import { isChangingEmitter, isUnseen, isUnseenBuiltIn } from "./unseen.ts";

export interface UnkeptValue {
  readonly node: ESTree.Node;
  readonly messageId: "symbol" | "hidden" | "function" | "instance" | "private" | "emitter";
  /** What it is put into, as the code says it. */
  readonly name: string;
  /** The code that puts it there. */
  readonly who: string;
}

type UnkeptKind = "function" | "instance" | "symbol";
type Owner = "socket" | "io.data";
type Found = Pick<UnkeptValue, "messageId"> & { readonly target: ESTree.Node };

/** Variables that lead to each other over more steps lead nowhere. */
const DEEPEST = 6;
const ADDS = /^(push|unshift|add|set|splice)$/;
const AROUND = /^(request|handshake|client|conn)$/;
const GIVES_PART = /^(get|at|find|values|pop|shift)$/;

/** Such values that the module in question puts somewhere. */
export function unkeptValuesOf(flow: Flow): UnkeptValue[] {
  const { root: module } = flow;
  const found: UnkeptValue[] = [];
  visit(module.program, module.keys, (node) => {
    const unkept = unkeptBy(flow, module, node);
    if (!unkept) return true;
    const { messageId, target } = unkept;
    const owner = ownerOf(flow, module, target, 0);
    const losing = owner && contextThatLoses(flow, module, node, owner);
    const emptied = losing || owner !== "socket" ? undefined : emptiedBy(flow, module, node);
    const context = losing ?? (emptied && [...flow.contextsOf(enclosingCode(node))][0]);
    if (!context) return true;
    const name = module.source.getText(target).replace(/\s+/g, " ").slice(0, 60);
    found.push({ node, messageId: emptied ?? messageId, name, who: context.name });
    return true;
  });
  return found;
}

function unkeptBy(flow: Flow, module: Module, node: ESTree.Node): Found | undefined {
  if (node.type === "AssignmentExpression" && node.left.type === "MemberExpression") {
    const { left, right } = node;
    if (isSymbol(flow, module, left)) return { messageId: "symbol", target: left };
    const kind = unkeptKind(flow, module, right, 0);
    return kind && { messageId: kind, target: left };
  }
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return undefined;
  const { object } = node.callee;
  const name = propertyName(node.callee) ?? "";
  const args = argumentsOf(node);
  const [target, key] = args;
  const isBuiltIn = object.type === "Identifier" && /^(Object|Reflect)$/.test(object.name);
  if (isBuiltIn && target && key) {
    const isNamed = !isSymbolKey(flow, module, key);
    if (!isNamed) return { messageId: "symbol", target };
    if (hidesBy(name, key, args[2])) return { messageId: "hidden", target };
    return name === "assign" ? firstUnkept(flow, module, args.slice(1), target) : undefined;
  }
  return ADDS.test(name) ? firstUnkept(flow, module, args, object) : undefined;
}

function firstUnkept(
  flow: Flow,
  module: Module,
  given: readonly ESTree.Node[],
  target: ESTree.Node,
): Found | undefined {
  for (const value of given) {
    const kind = unkeptKind(flow, module, value, 0);
    if (kind) return { messageId: kind, target };
  }
  return undefined;
}

/** `Object.defineProperty(user, "secret", { value })`. */
function hidesBy(name: string, key: ESTree.Node, description: ESTree.Node | undefined): boolean {
  if (name === "defineProperty") return description !== undefined && isHidden(description);
  if (name !== "defineProperties" || key.type !== "ObjectExpression") return false;
  return key.properties.some(
    (property) => property.type === "Property" && isHidden(property.value),
  );
}

function isHidden(description: ESTree.Node): boolean {
  const node = unwrap(description);
  if (node.type !== "ObjectExpression") return false;
  return !node.properties.some((property) => {
    if (property.type !== "Property") return true;
    if (propertyName(property) !== "enumerable") return false;
    return property.value.type !== "Literal" || property.value.value !== false;
  });
}

/** `socket[kUser]`, with `const kUser = Symbol("user")`, here or in another module. */
function isSymbol(flow: Flow, module: Module, { computed, property }: ESTree.MemberExpression) {
  return computed && isSymbolKey(flow, module, property);
}

function isSymbolKey(flow: Flow, module: Module, key: ESTree.Node): boolean {
  if (makesSymbol(key)) return true;
  const places = ofKind(flow.evaluator.evaluate(module, key), "state");
  if (places.some(({ place }) => initialValues(place).some(makesSymbol))) return true;
  // `KEYS.user`, of an object of symbols.
  const member = unwrap(key);
  if (member.type !== "MemberExpression") return false;
  const name = propertyName(member);
  const tables = ofKind(flow.evaluator.evaluate(module, member.object), "object");
  return tables.some(({ node }) =>
    node.properties.some(
      (part) => part.type === "Property" && propertyName(part) === name && makesSymbol(part.value),
    ),
  );
}

function makesSymbol(expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  if (node.type !== "CallExpression") return false;
  const { callee } = node;
  const maker = callee.type === "MemberExpression" ? callee.object : callee;
  return maker.type === "Identifier" && maker.name === "Symbol";
}

/** What of it is more than a value: itself, or a part of an object that is written down here. */
function unkeptKind(
  flow: Flow,
  module: Module,
  expression: ESTree.Node,
  depth: number,
): UnkeptKind | undefined {
  const node = unwrap(expression);
  const inside = (part: ESTree.Node) => unkeptKind(flow, module, part, depth + 1);
  if (depth > DEEPEST) return undefined;
  if (isFunction(node) || isAcknowledgement(module, node)) return "function";
  if (node.type === "ObjectExpression") {
    for (const property of node.properties) {
      if (property.type !== "Property") continue;
      if (property.computed && isSymbolKey(flow, module, property.key)) return "symbol";
      const kind = inside(property.value);
      if (kind) return kind;
    }
    return undefined;
  }
  if (node.type === "ArrayExpression") {
    return node.elements.map((element) => (element ? inside(element) : undefined)).find(Boolean);
  }
  const values = flow.evaluator.evaluate(module, node);
  const isNew = node.type === "NewExpression" && has(values, "outside");
  if (isNew || isUnseenBuiltIn(module, node)) return "instance";
  if (goesOn(flow.evaluator, module, node)) return "instance";
  const kind =
    node.type === "CallExpression"
      ? kindOfResult(flow, module, node, depth)
      : node.type === "Identifier" && kindOfVariable(flow, module, node, depth);
  if (kind) return kind;
  const classes = ofKind(values, "instance");
  if (classes.some((owner) => hasMethods(flow, owner.module, owner.node))) return "instance";
  const isOther = values.some(({ kind }) => kind !== "function");
  return has(values, "function") && !isOther ? "function" : undefined;
}

/** What a function of the project gives: `{ cells: [], move() { … } }`. */
function kindOfResult(
  flow: Flow,
  module: Module,
  call: ESTree.SimpleCallExpression,
  depth: number,
): UnkeptKind | undefined {
  const { evaluator } = flow;
  const made = ofKind(evaluator.evaluate(module, call), "object");
  const given = ofKind(evaluator.evaluate(module, call.callee), "function").flatMap((maker) =>
    evaluator
      .returnsOf(maker.module, maker.node)
      .filter(({ type }) => type === "Identifier")
      .map((node) => ({ module: maker.module, node })),
  );
  for (const one of [...made, ...given]) {
    const kind = unkeptKind(flow, one.module, one.node, depth + 1);
    if (kind) return kind;
  }
  return undefined;
}

/** `const player = makePlayer(name)`, `const player = { name }; player.hit = () => …`. */
function kindOfVariable(
  flow: Flow,
  module: Module,
  identifier: ESTree.Identifier,
  depth: number,
): UnkeptKind | undefined {
  const variable = module.variableOf(identifier);
  const [def] = variable?.defs ?? [];
  if (!variable || def?.type !== "Variable" || def.node.id.type !== "Identifier") return undefined;
  const written = variable.references.flatMap(({ writeExpr, identifier: node }) =>
    writeExpr ? [writeExpr as ESTree.Node] : givenToPart(node as ESTree.Node),
  );
  for (const value of written) {
    const node = unwrap(value);
    const isMade =
      isFunction(node) || /^((Object|Array|Call)Expression|Identifier)$/.test(node.type);
    const kind = isMade && unkeptKind(flow, module, node, depth + 1);
    if (kind) return kind;
  }
  return undefined;
}

/** The value of `player.hit = …`. */
function givenToPart(identifier: ESTree.Node): ESTree.Node[] {
  const member = parentOf(identifier);
  if (member?.type !== "MemberExpression" || member.object !== identifier) return [];
  const up = parentOf(member);
  return up?.type === "AssignmentExpression" && up.left === member ? [up.right] : [];
}

/** What a client waits for: `(name, callback) => …`. */
function isAcknowledgement(module: Module, node: ESTree.Node): boolean {
  if (node.type !== "Identifier" || !/^(ack|callback|cb|respond|reply)$/.test(node.name))
    return false;
  return module.variableOf(node)?.defs[0]?.type === "Parameter";
}

function hasMethods(flow: Flow, module: Module, owner: ClassNode): boolean {
  const hasOwn = owner.body.body.some(
    (element) =>
      element.type === "MethodDefinition" && element.kind !== "constructor" && !element.static,
  );
  if (hasOwn || !owner.superClass) return hasOwn;
  const parents = ofKind(flow.evaluator.evaluate(module, owner.superClass), "class");
  return parents.some((parent) => hasMethods(flow, parent.module, parent.node));
}

/** Whose it is that a place is in: a socket's, or the server's data; undefined of what is not kept. */
function ownerOf(
  flow: Flow,
  module: Module,
  expression: ESTree.Node,
  depth: number,
): Owner | undefined {
  const node = unwrap(expression);
  if (depth > DEEPEST) return undefined;
  const values = flow.evaluator.evaluate(module, node);
  if (has(values, "socket")) return "socket";
  if (has(values, "server")) return undefined;
  if (node.type === "MemberExpression") {
    const isData = propertyName(node) === "data";
    const holders = flow.evaluator.evaluate(module, node.object);
    if (isData && has(holders, "server")) return "io.data";
    return ownerOf(flow, module, node.object, depth + 1);
  }
  if (node.type === "CallExpression" && node.callee.type === "MemberExpression") {
    const isPart = GIVES_PART.test(propertyName(node.callee) ?? "");
    return isPart ? ownerOf(flow, module, node.callee.object, depth + 1) : undefined;
  }
  if (node.type === "AssignmentExpression" || node.type === "LogicalExpression") {
    return ownerOf(flow, module, node.left, depth + 1);
  }
  if (node.type !== "Identifier" || !has(values, "kept")) return undefined;
  return ownerOfVariable(flow, module, node, depth);
}

function ownerOfVariable(
  flow: Flow,
  module: Module,
  node: ESTree.Identifier,
  depth: number,
): Owner | undefined {
  const [def] = module.variableOf(node)?.defs ?? [];
  if (def?.type !== "Variable" || !def.node.init) return undefined;
  const { id, init }: ESTree.VariableDeclarator = def.node;
  const source = init ? ownerOf(flow, module, init, depth + 1) : undefined;
  if (source || id.type !== "ObjectPattern") return source;
  // `const { data } = io`
  const isData = (property: ESTree.AssignmentProperty | ESTree.RestElement) =>
    property.type === "Property" && propertyName(property) === "data";
  const isOfServer =
    id.properties.some(isData) && has(flow.evaluator.evaluate(module, init), "server");
  return isOfServer ? "io.data" : undefined;
}

/** The code that puts something there, if nothing puts it there again; undefined if something does. */
function contextThatLoses(
  flow: Flow,
  module: Module,
  node: ESTree.Node,
  owner: Owner,
): Context | undefined {
  const contexts = [...flow.contextsOf(enclosingCode(node))];
  const [first] = contexts;
  const isOnce = isOnlyIfMissing(node);
  const isLostBy = (context: Context): boolean => {
    if (isLater(context)) return true;
    if (context.kind === "connection") return owner === "io.data" || isGuarded(module, node);
    return owner === "io.data" && isOnce && /^(setup|module)$/.test(context.kind);
  };
  return first && contexts.every(isLostBy) ? first : undefined;
}

/** Why what such an object had known cannot be put into another one, which a replay puts there. */
function emptiedBy(
  flow: Flow,
  module: Module,
  node: ESTree.Node,
): "private" | "emitter" | undefined {
  if (node.type !== "AssignmentExpression") return undefined;
  if (isUnseen(flow, module, node.right)) return "private";
  const isLost = isAround(node.left) && isChangingEmitter(flow, module, node.right);
  return isLost ? "emitter" : undefined;
}

/** `socket.request.player` */
function isAround(expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  if (node.type !== "MemberExpression") return false;
  return AROUND.test(propertyName(node) ?? "") || isAround(node.object);
}

/** `io.data.game ??= new Game()` */
function isOnlyIfMissing(node: ESTree.Node): boolean {
  return node.type === "AssignmentExpression" && /^(\?\?|\|\|)=$/.test(node.operator);
}
