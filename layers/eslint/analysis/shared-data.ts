/**
 * One object in the data of several sockets: `for (const player of players) player.data.game = game`, or each gets the
 * module's: `socket.data.lobby = lobby`. They share it until the object sleeps; each wakes with a copy of its own, and a
 * change of one shows nobody else.
 */
import type * as ESTree from "estree";
import type { ContextKind } from "./context.ts";
import type { Flow } from "./flow.ts";
import { changeBy, changeOf } from "./held-data.ts";
import type { Module } from "./module.ts";
import {
  type CodeNode,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
  visit,
} from "./syntax.ts";
import { has } from "./value.ts";

/** Something is put where several sockets have it. */
export interface SharedData {
  readonly node: ESTree.Node;
  /** The variable that holds it. */
  readonly name: string;
  /** Of data: `game`. */
  readonly key: string;
}

/** `socket.data.game = game`. */
interface Gift {
  readonly node: ESTree.AssignmentExpression;
  readonly receiver: string;
  readonly key: string;
  readonly given: ESTree.Identifier;
}

const ONCE: ReadonlySet<ContextKind> = new Set(["module", "setup"]);
const EACH: ReadonlySet<ContextKind> = new Set(["connection", "listener", "middleware"]);
const MADE = /^(Object|Array|New)Expression$/;
const LOOP = /^(For|ForOf|ForIn|While|DoWhile)Statement$/;

/** Where the module in question gives sockets what they share, and somebody changes it. */
export function sharedDataOf(flow: Flow): SharedData[] {
  const { root: module } = flow;
  const gifts: Gift[] = [];
  visit(module.program, module.keys, (node) => {
    const gift = node.type === "AssignmentExpression" && giftOf(flow, module, node);
    if (gift) gifts.push(gift);
    return true;
  });
  return gifts
    .filter((gift) => isForMany(flow, gift, gifts) && isChanged(module, gift.key))
    .map(({ node, given, key }) => ({ node, name: given.name, key }));
}

function giftOf(
  { evaluator }: Flow,
  module: Module,
  node: ESTree.AssignmentExpression,
): Gift | undefined {
  const [left, given] = [unwrap(node.left), unwrap(node.right)];
  if (left.type !== "MemberExpression" || given.type !== "Identifier") return undefined;
  const [key, data] = [propertyName(left), unwrap(left.object)];
  if (key === undefined || data.type !== "MemberExpression") return undefined;
  if (propertyName(data) !== "data") return undefined;
  const owners = evaluator.evaluate(module, data.object);
  if (!has(owners, "socket") && !has(owners, "sockets")) return undefined;
  return { node, receiver: module.source.getText(data.object), key, given };
}

/** Whether what is given is an object that is made once, and more than one socket gets it. */
function isForMany(flow: Flow, { node, receiver, given }: Gift, gifts: readonly Gift[]) {
  const { root: module } = flow;
  const variable = module.variableOf(given);
  const made = variable?.defs[0]?.node as ESTree.Node | undefined;
  if (made?.type !== "VariableDeclarator" || !made.init || !MADE.test(unwrap(made.init).type)) {
    return false;
  }
  const isTwice = gifts.some((other) => {
    return other.receiver !== receiver && module.variableOf(other.given) === variable;
  });
  return isTwice || isRepeatedWithin(node, made) || isOfAll(flow, node, made);
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

/** Whether anybody changes what is in data under this key, there or in a variable that it was taken into. */
function isChanged(module: Module, key: string): boolean {
  let isFound = false;
  visit(module.program, module.keys, (node) => {
    if (isPartOfData(node, key) && isChangedInside(node)) isFound = true;
    if (node.type === "VariableDeclarator") {
      const taken = takenFrom(node, key);
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

/** `socket.data.game`. */
function isPartOfData(node: ESTree.Node, key: string): boolean {
  if (node.type !== "MemberExpression" || propertyName(node) !== key) return false;
  return isData(node.object);
}

function isData(node: ESTree.Node): boolean {
  const data = unwrap(node);
  return data.type === "MemberExpression" && propertyName(data) === "data";
}

/** The variable of `const game = socket.data.game`, or of `const { game } = socket.data`. */
function takenFrom(
  { id, init }: ESTree.VariableDeclarator,
  key: string,
): ESTree.Identifier | undefined {
  if (!init) return undefined;
  const source = unwrap(init);
  if (id.type === "Identifier") return isPartOfData(source, key) ? id : undefined;
  if (id.type !== "ObjectPattern" || !isData(source)) return undefined;
  for (const property of id.properties) {
    if (property.type !== "Property" || propertyName(property) !== key) continue;
    if (property.value.type === "Identifier") return property.value;
  }
  return undefined;
}
