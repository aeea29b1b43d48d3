/**
 * One object in the data of several sockets: `for (const player of players) player.data.game = game`, or each gets the
 * module's, or a part of `io.data`: `socket.data.lobby = lobby`. They share it until the object sleeps; each wakes with a
 * copy of its own, and a change of one shows nobody else. So it is with an object of a class that is both on a socket and
 * around it: `socket.user = socket.request.user = new User()`.
 */
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import {
  argumentsOf,
  type CodeNode,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
  visit,
} from "../../code/syntax.ts";
import { has, ofKind } from "../../code/value.ts";
import type { ContextKind } from "../../walk/context.ts";
import type { Flow } from "../../walk/flow.ts";
import { changeBy, changeOf } from "./held-data.ts";

/** Something is put where several sockets have it. */
export interface SharedData {
  readonly node: ESTree.Node;
  /** What is put there, as the code says it: `game`. */
  readonly name: string;
  /** Where: `player.data.game`. */
  readonly place: string;
}

/** `socket.data.game = game`. */
interface Gift {
  readonly node: ESTree.Node;
  readonly receiver: string;
  /** From the socket to the place: `["data", "game"]`. */
  readonly names: readonly string[];
  readonly given: ESTree.Node;
}

const ONCE: ReadonlySet<ContextKind> = new Set(["module", "setup"]);
const EACH: ReadonlySet<ContextKind> = new Set(["connection", "listener", "middleware"]);
const MADE = /^(Object|Array|New)Expression$/;
const PLAIN = /^(Object|Array)Expression$/;
const LOOP = /^(For|ForOf|ForIn|While|DoWhile)Statement$/;
/** What is around a socket is kept beside what is on it. */
const AROUND = /^(request|handshake|conn|client)$/;
/** What gives a part of a collection. */
const READS = /^(get|at|find)$/;

/** Where the module in question gives sockets what they share, and somebody changes it. */
export function sharedDataOf(flow: Flow): SharedData[] {
  const { root: module } = flow;
  const gifts: Gift[] = [];
  visit(module.program, module.keys, (node) => {
    gifts.push(...giftsOf(flow, module, node));
    return true;
  });
  return gifts
    .filter((gift) => isShared(flow, gift, gifts) && isChanged(flow, gift.names))
    .map(({ node, given, receiver, names }) => {
      const name = module.source.getText(given).replace(/\s+/g, " ").slice(0, 60);
      return { node, name, place: [receiver, ...names].join(".") };
    });
}

function giftsOf(flow: Flow, module: Module, node: ESTree.Node): Gift[] {
  if (node.type === "CallExpression") return giftsOfAssign(flow, module, node);
  if (node.type !== "AssignmentExpression") return [];
  const left = unwrap(node.left);
  if (left.type !== "MemberExpression") return [];
  const place = placeOnSocket(flow, module, left);
  return place ? [{ node, ...place, given: lastGiven(node) }] : [];
}

/** `a.data.game = b.data.game = game`: the last of these. */
function lastGiven(node: ESTree.Node): ESTree.Node {
  const inner = unwrap(node);
  return inner.type === "AssignmentExpression" && inner.operator === "="
    ? lastGiven(inner.right)
    : inner;
}

/** `Object.assign(socket.data, { game })` */
function giftsOfAssign(flow: Flow, module: Module, call: ESTree.SimpleCallExpression): Gift[] {
  const { callee } = call;
  const [target, given] = argumentsOf(call);
  if (callee.type !== "MemberExpression" || propertyName(callee) !== "assign") return [];
  if (callee.object.type !== "Identifier" || callee.object.name !== "Object") return [];
  if (!target || given?.type !== "ObjectExpression") return [];
  const holder = unwrap(target);
  const isData = holder.type === "MemberExpression" && propertyName(holder) === "data";
  const socket = isData ? holder.object : holder;
  if (!has(flow.evaluator.evaluate(module, socket), "socket")) return [];
  const receiver = module.source.getText(socket);
  return given.properties.flatMap((property) => {
    const name = property.type === "Property" ? propertyName(property) : undefined;
    if (property.type !== "Property" || name === undefined) return [];
    const names = isData ? ["data", name] : [name];
    return [{ node: property, receiver, names, given: unwrap(property.value) }];
  });
}

/** `socket.data.game`, `socket.request.user`, `socket.game`. */
function placeOnSocket(
  { evaluator }: Flow,
  module: Module,
  member: ESTree.MemberExpression,
): Pick<Gift, "receiver" | "names"> | undefined {
  const names: string[] = [];
  let node: ESTree.Node = member;
  while (node.type === "MemberExpression" && names.length < 2) {
    const name = propertyName(node);
    if (name === undefined) return undefined;
    names.unshift(name);
    const owners = evaluator.evaluate(module, node.object);
    if (has(owners, "socket") || has(owners, "sockets")) {
      const isPlace = names.length === 1 ? names[0] !== "data" : isHolder(names[0]);
      return isPlace ? { receiver: module.source.getText(node.object), names } : undefined;
    }
    node = unwrap(node.object);
  }
  return undefined;
}

/** What of a socket properties hang on. */
function isHolder(name = ""): boolean {
  return name === "data" || AROUND.test(name);
}

function isShared(flow: Flow, gift: Gift, gifts: readonly Gift[]): boolean {
  return (
    isOfServerData(flow, gift.given) ||
    isOfAnother(flow, gift) ||
    isForMany(flow, gift, gifts) ||
    isGivenToMany(flow, gift)
  );
}

/** `other.data.game = socket.data.game` */
function isOfAnother(flow: Flow, { receiver, names, given }: Gift): boolean {
  if (given.type !== "MemberExpression") return false;
  const place = placeOnSocket(flow, flow.root, given);
  if (!place) return false;
  return place.receiver !== receiver || partOf(place.names) !== partOf(names);
}

/** `function join(socket, game) { socket.data.game = game; }`, called with one object for several sockets. */
function isGivenToMany(flow: Flow, { given }: Gift): boolean {
  const { root: module, evaluator } = flow;
  const [def] = given.type === "Identifier" ? (module.variableOf(given)?.defs ?? []) : [];
  const code = def?.type === "Parameter" ? (def.node as ESTree.Node) : undefined;
  if (!code || !isFunction(code)) return false;
  const at = code.params.indexOf(def?.name as ESTree.Pattern);
  const objects = new Set<unknown>();
  let isFound = false;
  visit(module.program, module.keys, (node) => {
    if (node.type !== "CallExpression" || isFound) return !isFound;
    const argument = at < 0 ? undefined : node.arguments[at];
    const made = argument && madeAs(flow, argument);
    if (!argument || !made) return true;
    const called = ofKind(evaluator.evaluate(module, node.callee), "function");
    if (!called.some((target) => target.node === code)) return true;
    const variable = module.variableOf(argument);
    isFound = objects.has(variable) || isRepeatedWithin(node, made) || isOfAll(flow, node, made);
    objects.add(variable);
    return true;
  });
  return isFound;
}

/** The declaration of a variable that begins with an object. */
function madeAs(flow: Flow, name: ESTree.Node): ESTree.VariableDeclarator | undefined {
  const variable = name.type === "Identifier" ? flow.root.variableOf(name) : undefined;
  const made = variable?.defs[0]?.node as ESTree.Node | undefined;
  const isObject = made?.type === "VariableDeclarator" && made.init && isMade(flow, made.init);
  return isObject ? made : undefined;
}

/** Whether it is a part of `io.data`, itself or by a variable: each socket wakes with a copy of its own. */
function isOfServerData(flow: Flow, expression: ESTree.Node): boolean {
  const { root: module, evaluator } = flow;
  const node = unwrap(expression);
  switch (node.type) {
    case "Identifier": {
      const value = module.firstValueOf(node);
      return value !== undefined && value.type !== "Identifier" && isOfServerData(flow, value);
    }
    case "AssignmentExpression":
    case "LogicalExpression":
      return isOfServerData(flow, node.left);
    case "CallExpression": {
      const callee = unwrap(node.callee);
      if (callee.type !== "MemberExpression" || !READS.test(propertyName(callee) ?? "")) {
        return false;
      }
      return isOfServerData(flow, callee.object);
    }
    case "MemberExpression":
      if (propertyName(node) === "data" && has(evaluator.evaluate(module, node.object), "server"))
        return true;
      return isOfServerData(flow, node.object);
    default:
      return false;
  }
}

/** Whether what is given is an object that is made once, and is kept in more than one place. */
function isForMany(flow: Flow, { node, receiver, names, given }: Gift, gifts: readonly Gift[]) {
  const { root: module } = flow;
  const variable = given.type === "Identifier" ? module.variableOf(given) : undefined;
  const made = madeAs(flow, given);
  if (!made?.init) return false;
  // Around one client plain data stay one object.
  const isPlain = PLAIN.test(unwrap(made.init).type);
  const isTwice = gifts.some((other) => {
    const isElsewhere =
      other.receiver !== receiver || (!isPlain && partOf(other.names) !== partOf(names));
    const isSame = other.given.type === "Identifier" && module.variableOf(other.given) === variable;
    return isElsewhere && isSame;
  });
  return isTwice || isRepeatedWithin(node, made) || isOfAll(flow, node, made);
}

/** `{ moves: [] }`, `new Game()`, and what a function of the project makes. */
function isMade({ evaluator, root }: Flow, init: ESTree.Node): boolean {
  const node = unwrap(init);
  if (MADE.test(node.type)) return true;
  const values = node.type === "CallExpression" ? evaluator.evaluate(root, node) : [];
  return has(values, "object") || has(values, "instance");
}

function partOf([first = ""]: readonly string[]): string {
  return AROUND.test(first) ? first : "";
}

/** Whether something is made once for all sockets, and each gets it: `socket.data.lobby = lobby`. */
function isOfAll(flow: Flow, place: ESTree.Node, made: ESTree.Node): boolean {
  const home = enclosingCode(made);
  const isMadeOnce = home.type === "Program" || isOnly(flow, home, ONCE);
  return isMadeOnce && isOnly(flow, enclosingCode(place), EACH);
}

/** Whether code has run, and at such times alone. */
function isOnly(flow: Flow, code: CodeNode, kinds: ReadonlySet<ContextKind>): boolean {
  const contexts = [...flow.contextsOf(code)];
  return contexts.length > 0 && contexts.every(({ kind }) => kinds.has(kind));
}

/** Whether a loop, or what a list calls for each of its elements, is around a place and not around another. */
function isRepeatedWithin(place: ESTree.Node, made: ESTree.Node): boolean {
  const home = enclosingCode(made);
  for (let up = parentOf(place); up && up !== home; up = parentOf(up)) {
    if (LOOP.test(up.type)) return !isAround(up, made);
    if (!isFunction(up)) continue;
    const call = parentOf(up);
    const callee = call?.type === "CallExpression" ? unwrap(call.callee) : undefined;
    const method = callee?.type === "MemberExpression" ? propertyName(callee) : undefined;
    if (method === "forEach" || method === "map") return true;
  }
  return false;
}

function isAround(outer: ESTree.Node, inner: ESTree.Node): boolean {
  for (let up = parentOf(inner); up; up = parentOf(up)) if (up === outer) return true;
  return false;
}

/** Whether anybody changes what is there, or in a variable that it was taken into. */
function isChanged(flow: Flow, names: readonly string[]): boolean {
  const { root: module } = flow;
  let isFound = false;
  visit(module.program, module.keys, (node) => {
    if (isPlace(flow, node, names) && isChangedInside(node)) isFound = true;
    if (node.type === "VariableDeclarator") {
      const taken = takenFrom(flow, node, names);
      const references = (taken && module.variableOf(taken)?.references) ?? [];
      if (references.some(({ identifier }) => changeBy(identifier as ESTree.Node))) isFound = true;
    }
    return !isFound;
  });
  return isFound;
}

/** Whether something inside of a place is changed, and not the place itself. */
function isChangedInside(place: ESTree.Node): boolean {
  const change = changeOf(place);
  if (change === undefined) return false;
  const target = change.type === "AssignmentExpression" ? unwrap(change.left) : undefined;
  return target !== place;
}

/** `socket.data.game`, of whichever socket. */
function isPlace(flow: Flow, node: ESTree.Node, names: readonly string[]): boolean {
  if (node.type !== "MemberExpression" || propertyName(node) !== names.at(-1)) return false;
  return isHolderOf(flow, node.object, names.slice(0, -1));
}

/** What holds it: `socket.data`, or the socket. */
function isHolderOf(flow: Flow, node: ESTree.Node, [name]: readonly string[]): boolean {
  const holder = unwrap(node);
  if (name === undefined) return has(flow.evaluator.evaluate(flow.root, holder), "socket");
  return holder.type === "MemberExpression" && propertyName(holder) === name;
}

/** The variable of `const game = socket.data.game`, or of `const { game } = socket.data`. */
function takenFrom(
  flow: Flow,
  { id, init }: ESTree.VariableDeclarator,
  names: readonly string[],
): ESTree.Identifier | undefined {
  if (!init) return undefined;
  const source = unwrap(init);
  if (id.type === "Identifier") return isPlace(flow, source, names) ? id : undefined;
  if (id.type !== "ObjectPattern" || !isHolderOf(flow, source, names.slice(0, -1))) {
    return undefined;
  }
  for (const property of id.properties) {
    if (property.type !== "Property" || propertyName(property) !== names.at(-1)) continue;
    if (property.value.type === "Identifier") return property.value;
  }
  return undefined;
}
