/**
 * `const data = socket.data`, or a part of `io.data`, changed later by a timer, a promise that nobody waits for, or what
 * an emitter or a broker calls. What is reached through `socket.data` or `io.data` at that moment is kept; what somebody
 * has held since before is looked at with the next event only, and the object may fall asleep first.
 *
 * The same of a part of `io.data` that a connection listener, or a middleware, changes behind an `await`: a replay
 * undoes what is done to `io.data` where it is asked for, and what is in its hands until the first `await`. What it
 * changes later in something held may as well have been changed by others meanwhile.
 */
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import {
  argumentsOf,
  enclosingCode,
  firstAwaitEnd,
  isFunction,
  isWaitedFor,
  parentOf,
  propertyName,
  unwrap,
  visit,
  wrapped,
} from "../../code/syntax.ts";
import { TIMERS } from "../../code/timers.ts";
import { has } from "../../code/value.ts";
import { isEmitter } from "../../values/emitters.ts";
import type { Evaluator } from "../../values/evaluator.ts";
import { isGuarded } from "../../values/roles.ts";
import { MUTATORS } from "../../walk/changes.ts";
import type { Flow } from "../../walk/flow.ts";
import { subscribesElsewhere } from "../../walk/outside.ts";

/** A change that may be lost. */
export interface HeldChange {
  readonly node: ESTree.Node;
  /** Why it may be lost: nobody looks at it, or a replay makes it once more. */
  readonly messageId: "held" | "replayed";
  /** The variable that holds the data. */
  readonly name: string;
  /** Where it is from: `socket.data`, `io.data`. */
  readonly source: string;
  /** What runs later: `setTimeout`, `then`, `await`. */
  readonly later: string;
}

const PROMISE_METHODS = /^(then|catch|finally)$/;
/** What gives a part of a collection. */
const READS = /^(get|at|find)$/;

/** The changes of the module in question that are made later to data that was taken before. */
export function heldChangesOf(flow: Flow): HeldChange[] {
  const { root: module } = flow;
  const found: HeldChange[] = [];
  visit(module.program, module.keys, (node) => {
    if (node.type === "VariableDeclarator") found.push(...changesOf(flow, module, node));
    return true;
  });
  return found;
}

function changesOf(
  flow: Flow,
  module: Module,
  declarator: ESTree.VariableDeclarator,
): HeldChange[] {
  const held = heldBy(flow.evaluator, module, declarator);
  const variable = held && module.variableOf(held.identifier);
  if (!variable) return [];
  const { source } = held;
  const home = enclosingCode(declarator);
  return variable.references.flatMap((reference): HeldChange[] => {
    const use = reference.identifier as ESTree.Node;
    const node = changeBy(use);
    if (!node) return [];
    const { name } = variable;
    const later = laterThan(flow, module, use, home);
    if (later !== undefined) return [{ node, messageId: "held", name, source, later }];
    const isReplayed = source === "io.data" && isRunAgain(flow, use) && !isGuarded(module, use);
    const pause = isReplayed ? pauseBetween(module, declarator, use) : undefined;
    return pause === undefined ? [] : [{ node, messageId: "replayed", name, source, later: pause }];
  });
}

/** Whether a replay runs the code of a place again. */
function isRunAgain(flow: Flow, place: ESTree.Node): boolean {
  const contexts = [...flow.contextsOf(enclosingCode(place))];
  return contexts.some(({ kind }) => kind === "connection" || kind === "middleware");
}

/** What a replay waits for before it gets to a place with what it was given before; undefined if for nothing. */
function pauseBetween(module: Module, before: ESTree.Node, place: ESTree.Node): string | undefined {
  const home = enclosingCode(before);
  const start = place.range?.[0] ?? 0;
  for (let up = enclosingCode(place); isFunction(up); up = enclosingCode(up)) {
    const from = up === home ? (before.range?.[1] ?? 0) : 0;
    if (up.async && (firstAwaitEnd(up, module.keys, from) ?? start) < start) return "await";
    if (up === home) return undefined;
    const call = parentOf(wrapped(up));
    const callee = call?.type === "CallExpression" && call.callee !== up && call.callee;
    const name = callee && callee.type === "MemberExpression" ? propertyName(callee) : undefined;
    if (name !== undefined && PROMISE_METHODS.test(name)) return name;
  }
  return undefined;
}

interface Held {
  readonly identifier: ESTree.Identifier;
  readonly source: string;
}

/** The variable that a declaration gives the data of a socket, or of the server, to, or a part of it. */
function heldBy(
  evaluator: Evaluator,
  module: Module,
  { id, init }: ESTree.VariableDeclarator,
): Held | undefined {
  if (!init) return undefined;
  const ofData = sourceOf(evaluator, module, init);
  if (id.type === "Identifier") {
    return ofData === undefined ? undefined : { identifier: id, source: ofData };
  }
  if (id.type !== "ObjectPattern") return undefined;
  const owner = ownerOf(evaluator, module, init);
  for (const property of id.properties) {
    if (property.type !== "Property" || property.value.type !== "Identifier") continue;
    const source = ofData ?? (propertyName(property) === "data" ? owner : undefined);
    if (source !== undefined) return { identifier: property.value, source };
  }
  return undefined;
}

/** Whose data an expression is, or a part of: `socket.data`, `io.data`. */
function sourceOf(
  evaluator: Evaluator,
  module: Module,
  expression: ESTree.Node,
): string | undefined {
  const node = unwrap(expression);
  // `const scores = (io.data.scores ??= {})`.
  if (node.type === "AssignmentExpression") return sourceOf(evaluator, module, node.left);
  if (node.type !== "MemberExpression") return undefined;
  const owner = propertyName(node) === "data" && ownerOf(evaluator, module, node.object);
  return owner || sourceOf(evaluator, module, node.object);
}

/** What the data of these are called. */
function ownerOf(evaluator: Evaluator, module: Module, node: ESTree.Node): string | undefined {
  const values = evaluator.evaluate(module, node);
  if (has(values, "socket")) return "socket.data";
  return has(values, "server") ? "io.data" : undefined;
}

/** What makes a place run later than `home`, where nobody waits for it; undefined if it does not. */
function laterThan(
  flow: Flow,
  module: Module,
  place: ESTree.Node,
  home: ESTree.Node,
): string | undefined {
  for (let up = enclosingCode(place); up !== home; up = enclosingCode(up)) {
    if (!isFunction(up)) return undefined;
    const call = parentOf(wrapped(up));
    if (call?.type !== "CallExpression" || !argumentsOf(call).includes(up as never)) continue;
    const { callee } = call;
    const name = callee.type === "MemberExpression" ? propertyName(callee) : nameOf(callee);
    if (name === undefined) continue;
    if (TIMERS.has(name)) return name;
    if (PROMISE_METHODS.test(name) && !isWaitedFor(call)) return name;
    if (callee.type === "MemberExpression" && isToldElsewhere(flow, module, callee)) {
      return module.source.getText(callee).replace(/\s+/g, "").slice(0, 60);
    }
  }
  return undefined;
}

/** Whether an emitter or a broker calls back what this is given, and no client's event. */
function isToldElsewhere(flow: Flow, module: Module, callee: ESTree.MemberExpression): boolean {
  const receivers = flow.evaluator.evaluate(module, callee.object);
  const isOther = receivers.some(
    ({ name, kind }: { kind: string; name?: unknown }) =>
      name !== "setup" && (kind === "package" || kind === "outside"),
  );
  if (!isOther && !isEmitter(flow.evaluator, receivers)) return false;
  return subscribesElsewhere(flow, module, callee);
}

function nameOf(node: ESTree.Node): string | undefined {
  return node.type === "Identifier" ? node.name : undefined;
}

/** The expression that changes something inside of what this identifier holds; undefined if none does. */
export function changeBy(identifier: ESTree.Node): ESTree.Node | undefined {
  const up = parentOf(wrapped(identifier));
  const isInside = up?.type === "MemberExpression" && up.object === wrapped(identifier);
  return isInside ? changeOf(identifier) : undefined;
}

/** The expression that changes this place, or something inside of it; undefined if none does. */
export function changeOf(place: ESTree.Node): ESTree.Node | undefined {
  let node = wrapped(place);
  for (let up = parentOf(node); up?.type === "MemberExpression"; up = parentOf(node)) {
    if (up.object !== node) return undefined;
    const call = parentOf(wrapped(up));
    const isCalled = call?.type === "CallExpression" && call.callee === wrapped(up);
    const name = isCalled ? (propertyName(up) ?? "") : "";
    if (isCalled && !READS.test(name)) return MUTATORS.has(name) ? call : undefined;
    node = wrapped(isCalled ? call : up);
  }
  const up = parentOf(node);
  if (up?.type === "AssignmentExpression" && up.left === node) return up;
  if (up?.type === "UpdateExpression") return up;
  return up?.type === "UnaryExpression" && up.operator === "delete" ? up : undefined;
}
