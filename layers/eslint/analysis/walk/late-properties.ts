/**
 * Properties that a timer, a promise that nobody waits for, a method called by RPC, or what an emitter or a broker calls
 * sets on a socket, or on its `request`, `handshake`, `conn` or `client`. Nobody tells of these, and no turn of the
 * server's ends with them: they are looked at with the next event, and the object may fall asleep first. Whoever reads
 * `socket.data` is noticed, and whoever sends something begins a turn.
 */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import {
  argumentsOf,
  type ClassNode,
  type CodeNode,
  enclosingCode,
  type FunctionNode,
  firstAwaitEnd,
  isFunction,
  isWaitedFor,
  parentOf,
  propertyName,
  unwrap,
  visit,
  wrapped,
} from "../code/syntax.ts";
import { timerOf } from "../code/timers.ts";
import { has } from "../code/value.ts";
import { isEmitter } from "../values/emitters.ts";
import type { Evaluator } from "../values/evaluator.ts";
import { MUTATORS } from "./changes.ts";
import { type Context, lineage, MICROTASK } from "./context.ts";
import type { SetProperty } from "./records.ts";
import type { Walker } from "./walker.ts";

/** Variables that lead to each other over more steps lead nowhere. */
const DEEPEST = 6;
/** What of a socket is no property of the application's. */
const OF_DORMOUSE = /^(data|id|rooms|nsp|server|adapter|broadcast|volatile|local|connected)$/;
/** What a socket does at once, with a turn of the server's. */
const BEGINS_TURN = /^(emit|emitWithAck|send|write|join|leave|disconnect)$/;
const REACHES_ALL = /^(emit|send|write)$/;
const MAY_REACH_NOBODY = /^(broadcast|volatile|local)$/;
const BRANCHES =
  /^(If|For|ForOf|ForIn|While|Switch|Try)Statement$|^(Conditional|Logical)Expression$|^SwitchCase$/;

/** What this expression sets on a socket, or around it, as the code says it; undefined if nothing. */
export function propertySetBy(
  evaluator: Evaluator,
  module: Module,
  node: ESTree.Node,
): string | undefined {
  const target = targetOf(node);
  const path = target && pathFromSocket(evaluator, module, target);
  const [first] = path ?? [];
  // `this.client = socket`: what is given the socket is none of its properties.
  if (path?.length === 0 && node.type !== "CallExpression") return undefined;
  if (!target || path === undefined || (first && OF_DORMOUSE.test(first))) return undefined;
  // It lasts as long as its timer, which keeps the object awake.
  const isTimers = node.type === "AssignmentExpression" && isTimer(module, node.right);
  return isTimers ? undefined : module.source.getText(target).replace(/\s+/g, " ").slice(0, 60);
}

/** The place that an expression changes, or whose inside it changes. */
function targetOf(node: ESTree.Node): ESTree.Node | undefined {
  if (node.type === "AssignmentExpression") return memberIn(node.left);
  if (node.type === "UpdateExpression") return memberIn(node.argument);
  if (node.type === "UnaryExpression")
    return node.operator === "delete" ? memberIn(node.argument) : undefined;
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return undefined;
  const { object } = node.callee;
  const name = propertyName(node.callee) ?? "";
  if (name === "assign" && object.type === "Identifier" && object.name === "Object") {
    return argumentsOf(node)[0];
  }
  return MUTATORS.has(name) ? memberIn(object) : undefined;
}

function memberIn(node: ESTree.Node): ESTree.MemberExpression | undefined {
  const inner = unwrap(node);
  return inner.type === "MemberExpression" ? inner : undefined;
}

/** The names that lead from a socket to what an expression is; undefined if it is nothing of a socket's. */
export function pathFromSocket(
  evaluator: Evaluator,
  module: Module,
  expression: ESTree.Node,
  depth = 0,
): (string | undefined)[] | undefined {
  const node = unwrap(expression);
  const values = evaluator.evaluate(module, node);
  if (depth > DEEPEST || has(values, "server")) return undefined;
  if (has(values, "socket")) return [];
  if (node.type === "MemberExpression") {
    const path = pathFromSocket(evaluator, module, node.object, depth + 1);
    return path && [...path, propertyName(node)];
  }
  const [def] = node.type === "Identifier" ? (module.variableOf(node)?.defs ?? []) : [];
  if (def?.type !== "Variable" || !def.node.init || !has(values, "kept")) return undefined;
  const { id, init }: ESTree.VariableDeclarator = def.node;
  const path = init ? pathFromSocket(evaluator, module, init, depth + 1) : undefined;
  if (path === undefined || id.type !== "ObjectPattern") return path;
  for (const property of id.properties) {
    if (property.type === "Property" && property.value === def.name) {
      return [...path, propertyName(property)];
    }
  }
  return undefined;
}

function isTimer(module: Module, value: ESTree.Node): boolean {
  const node = unwrap(value);
  return node.type === "CallExpression" && timerOf(module, node) !== undefined;
}

/** Those that may be lost. */
export function latePropertiesOf(walker: Walker): SetProperty[] {
  return walker.records.properties.filter((property) => {
    const { context, isDetached, module, node } = property;
    if (!isDetached && !isUnnoticed(walker, context)) return false;
    return !isFollowedByTurn(walker.evaluator, module, node);
  });
}

/** Whether no turn of the server's ends with code in this context. */
function isUnnoticed(walker: Walker, context: Context, asked: readonly Context[] = []): boolean {
  const { evaluator } = walker;
  const { kind, name, origin, node, module } = context;
  if (kind === "beside") return true;
  const isCall = node.type === "CallExpression";
  if (origin !== undefined) {
    if (name === MICROTASK) return false;
    if (isCall && timerOf(module, node) !== undefined) return true;
    // What a middleware begins is mostly what it waits for before it calls `next`.
    const isBefore = lineage(context).at(-1)?.kind === "middleware";
    return !isBefore && !isWaitedForByName(module, node);
  }
  if (kind !== "listener") return false;
  if (isFunction(node)) return isCalledByRpc(node);
  if (!isCall || node.callee.type !== "MemberExpression") return false;
  if (!isEmitter(evaluator, evaluator.evaluate(module, node.callee.object))) return false;
  // An emitter's own listeners may emit, too: what is asked already is not what makes it one.
  return !asked.includes(context) && !isOwn(walker, module, node.callee, [...asked, context]);
}

/** Whether an emitter belongs to the code that listens to it, and all that it tells, it tells within what is noticed. */
function isOwn(
  walker: Walker,
  module: Module,
  { object }: ESTree.MemberExpression,
  asked: readonly Context[],
): boolean {
  const variable = object.type === "Identifier" ? module.variableOf(object) : undefined;
  const home = variable && module.homeOf(variable);
  if (!variable || !home || !isFunction(home) || home !== enclosingCode(object)) return false;
  return variable.references.every(({ identifier, init }) => {
    if (init === true) return true;
    const use = wrapped(identifier as ESTree.Node);
    const member = parentOf(use);
    const call = member && parentOf(wrapped(member));
    const isCalled = call?.type === "CallExpression" && call.callee === wrapped(member as never);
    // Whoever it is given to may tell it something at any time.
    if (member?.type !== "MemberExpression" || member.object !== use || !isCalled) return false;
    return propertyName(member) !== "emit" || isToldNoticed(walker, module, call, asked);
  });
}

function isToldNoticed(
  walker: Walker,
  module: Module,
  call: ESTree.Node,
  asked: readonly Context[],
): boolean {
  const code = enclosingCode(call);
  const pause = isFunction(code) && code.async ? firstAwaitEnd(code, module.keys) : undefined;
  if (pause !== undefined && endOf(call) >= pause) return false;
  return [...walker.contextsOf(code)].every(
    (context) => asked.includes(context) || !isUnnoticed(walker, context, asked),
  );
}

/** `const loaded = fetch(url).then(…)`, and `await loaded` further down. */
function isWaitedForByName(module: Module, promise: ESTree.Node): boolean {
  let node = wrapped(promise);
  let up = parentOf(node);
  while (up?.type === "MemberExpression" || up?.type === "CallExpression") {
    if (up.type === "CallExpression" && up.callee !== node) return false;
    node = wrapped(up);
    up = parentOf(node);
  }
  if (up?.type !== "VariableDeclarator") return false;
  const references = module.variableOf(up.id)?.references ?? [];
  return references.some(({ identifier }) => isWaitedFor(identifier as ESTree.Node));
}

/** Whether a function is a method of the Durable Object's own; those that the platform calls are no such ones. */
function isCalledByRpc(node: FunctionNode): boolean {
  const method = parentOf(node);
  if (method?.type !== "MethodDefinition") return false;
  const owner = parentOf(parentOf(method) ?? method) as
    | (ClassNode & { decorators?: unknown[] })
    | undefined;
  const isGateway = (owner?.decorators ?? []).length > 0;
  return !isGateway && !/^(fetch|alarm|webSocket\w+)$/.test(propertyName(method) ?? "");
}

/** Whether a place is behind an `await` of `list.forEach(async (one) => …)`, which waits for nobody. */
export function isInForEach(module: Module, place: ESTree.Node): boolean {
  const code = enclosingCode(place);
  const call = isFunction(code) && code.async ? parentOf(code) : undefined;
  if (call?.type !== "CallExpression" || call.callee.type !== "MemberExpression") return false;
  if (propertyName(call.callee) !== "forEach") return false;
  const from = firstAwaitEnd(code as FunctionNode, module.keys);
  return from !== undefined && endOf(place) >= from;
}

/** Whether the same code surely begins a turn, which ends with a look at everything, or hands on what it has done. */
function isFollowedByTurn(evaluator: Evaluator, module: Module, change: ESTree.Node): boolean {
  const code = enclosingCode(change);
  const leaves: number[] = [];
  const pauses: number[] = [];
  const turns: ESTree.Node[] = [];
  visit(code.type === "Program" ? code : code.body, module.keys, (node) => {
    if (isFunction(node)) return false;
    if (/^(Return|Throw|Break|Continue)Statement$/.test(node.type)) leaves.push(endOf(node));
    if (node.type === "AwaitExpression") pauses.push(endOf(node));
    if (beginsTurn(evaluator, module, code, node)) turns.push(node);
    return true;
  });
  return turns.some((turn) => {
    if (!isSure(turn, change)) return false;
    const isBehind = startOf(turn) >= endOf(change);
    const [from, to] = isBehind ? [endOf(change), startOf(turn)] : [endOf(turn), endOf(change)];
    // The turn that was begun before ends with the microtask: what an `await` is before comes too late.
    return !(isBehind ? leaves : pauses).some((at) => at > from && at <= to);
  });
}

function beginsTurn(
  evaluator: Evaluator,
  module: Module,
  code: CodeNode,
  node: ESTree.Node,
): boolean {
  if (node.type === "MemberExpression") {
    return propertyName(node) === "data" && has(evaluator.evaluate(module, node.object), "socket");
  }
  if (node.type !== "CallExpression") return false;
  const callee = unwrap(node.callee);
  if (callee.type === "Identifier") return isGivenFrom(module, code, callee);
  if (callee.type !== "MemberExpression") return false;
  const receiver = unwrap(callee.object);
  if (receiver.type === "CallExpression") return false;
  if (receiver.type === "MemberExpression" && MAY_REACH_NOBODY.test(propertyName(receiver) ?? ""))
    return false;
  const name = propertyName(callee) ?? "";
  const values = evaluator.evaluate(module, receiver);
  return has(values, "server")
    ? REACHES_ALL.test(name)
    : has(values, "socket") && BEGINS_TURN.test(name);
}

/** `next()`, `ack()`, `resolve()`: what code around was given to go on with. */
function isGivenFrom(module: Module, code: CodeNode, name: ESTree.Identifier): boolean {
  const [def] = module.variableOf(name)?.defs ?? [];
  return def?.type === "Parameter" && (def.node as ESTree.Node) !== code;
}

/** Whether one runs wherever the other does. */
function isSure(node: ESTree.Node, other: ESTree.Node): boolean {
  let child = node;
  for (let up = parentOf(node); up && !isFunction(up); child = up, up = parentOf(up)) {
    if (!BRANCHES.test(up.type)) continue;
    const isAsked = "test" in up && up.test === child && up.type !== "SwitchCase";
    const isWith = startOf(child) <= startOf(other) && endOf(other) <= endOf(child);
    if (!isAsked && !isWith) return false;
  }
  return true;
}

function startOf(node: ESTree.Node): number {
  return node.range?.[0] ?? 0;
}

function endOf(node: ESTree.Node): number {
  return node.range?.[1] ?? 0;
}
