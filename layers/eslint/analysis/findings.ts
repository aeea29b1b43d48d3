/** From what was seen to what is lost: one finding for each fault, for one rule. */
import type * as ESTree from "estree";
import { isReadBySockets } from "./beside.ts";
import { holdSocket, holdsTimers, isTypedForSockets } from "./changes.ts";
import { type Context, isLater, lineage } from "./context.ts";
import { dataFindings } from "./data-findings.ts";
import type { Flow } from "./flow.ts";
import { type Keeper, keepersFor } from "./keepers.ts";
import { classesMadeOnDemand, isFilledOnDemand } from "./lazy.ts";
import { isLimit } from "./limiters.ts";
import type { Module } from "./module.ts";
import { mentionsServer } from "./packages.ts";
import type { Change, Limiter, OutsideListener, Registration, Timer } from "./records.ts";
import { isCloned } from "./stored.ts";
import { enclosingCode, parentOf } from "./syntax.ts";
import type { Home, Place } from "./value.ts";
import { isWrittenThrough } from "./written-through.ts";

export type { Flow, Keeper };

export type RuleName =
  | "no-state-in-variables"
  | "no-sockets-in-collections"
  | "no-late-listeners"
  | "read-whole"
  | "no-state-in-middlewares"
  | "no-timers"
  | "no-once-connection"
  | "ask-restored"
  | "no-limits-in-memory"
  | "no-held-data"
  | "no-outside-listeners"
  | "no-remade-values"
  | "no-unkept-values";

export interface Finding {
  readonly rule: RuleName;
  readonly messageId: string;
  readonly data: Record<string, string>;
  readonly module: Module;
  readonly node: ESTree.Node;
  /** Where the module in question leads to another one in which the fault is. */
  readonly entry: ESTree.Node | undefined;
  /** Of state: where it is held. */
  readonly place?: Place;
  /** What could hold it instead. */
  readonly keepers?: readonly Keeper[];
  /** Of state: what the code around it does. */
  readonly flow?: Flow;
}

/** A loss of these is none: they are filled again. */
const CACHE_NAME = /cache|memo(ized?)?$/i;
/** A timer that is over before anybody could sleep. */
const SHORT_MS = 1000;

export function findingsOf(flow: Flow): Finding[] {
  const { registrations, timers, limiters, effects } = flow.records;
  const found = [
    ...stateFindings(flow),
    ...registrations.flatMap(registrationFinding),
    ...timers.flatMap((timer) => timerFinding(flow, timer)),
    ...limiters.flatMap((limiter) => limiterFinding(flow, limiter)),
    ...dataFindings(flow),
    ...flow.records.outside.map(outsideFinding),
    ...effects.map(({ name, isQuestion, ...seen }) => ({
      ...seen,
      rule: "ask-restored" as const,
      messageId: isQuestion ? "question" : "effect",
      data: { name },
    })),
  ];
  return onePerNode([...found, ...unreadFindings(flow)]);
}

/** What is too much for the analysis: nobody is to take its silence for a yes. */
function unreadFindings({ isWhole, root, unread, records }: Flow): Finding[] {
  const whole = { rule: "read-whole", module: root, entry: undefined } as const;
  const node = root.source.ast as ESTree.Node;
  const found: Finding[] = unread.map((name) => ({
    ...whole,
    node,
    messageId: "large",
    data: { name: baseName(root.path), other: name },
  }));
  for (const { name, ...seen } of records.unread) {
    const data = { name, other: "" };
    if (!mentionsServer(root.source.text)) continue;
    found.push({ ...whole, ...seen, messageId: "computed", data });
  }
  if (isWhole) return found;
  return [{ ...whole, node, messageId: "long", data: { name: baseName(root.path), other: "" } }];
}

function outsideFinding({ name, ...seen }: OutsideListener): Finding {
  const { context } = seen;
  return {
    ...seen,
    rule: "no-outside-listeners",
    messageId: isLater(context) ? "later" : "connection",
    data: { name, who: context.name },
  };
}

function onePerNode(found: readonly Finding[]): Finding[] {
  const known = new Map<ESTree.Node, Set<string>>();
  return found.filter(({ node, rule }) => {
    const rules = known.get(node) ?? new Set();
    known.set(node, rules);
    if (rules.has(rule)) return false;
    rules.add(rule);
    return true;
  });
}

// ---- state

function stateFindings(flow: Flow): Finding[] {
  const lost = lostChanges(flow, new Set());
  const onDemand = [...lost].filter(([, all]) => isFilledOnDemand(flow.evaluator, all));
  const owners = onDemand.flatMap(([, all]) => classesMadeOnDemand(flow.evaluator, all));
  if (onDemand.length === 0) return findingsOfState(flow, lost);
  // What is in such an object is there as long as the object.
  const all = lostChanges(flow, new Set(owners.map(({ node }) => node)));
  for (const [place] of onDemand) all.delete(place);
  return findingsOfState(flow, all);
}

function findingsOfState(flow: Flow, lost: ReadonlyMap<Place, Change[]>): Finding[] {
  return [...lost].flatMap(([place, changes]) => stateFinding(flow, place, changes));
}

/** The changes that are gone after a sleep. `lasting`: classes whose instances outlive what makes them. */
function lostChanges(flow: Flow, lasting: ReadonlySet<ESTree.Node>): Map<Place, Change[]> {
  const byPlace = new Map<Place, Change[]>();
  for (const change of flow.records.changes) {
    const { owner, isStatic } = change.place;
    const isLasting = owner !== undefined && !isStatic && lasting.has(owner);
    if (isLasting ? !runsLater(change) : !isLost(flow, change)) continue;
    const changes = byPlace.get(change.place) ?? [];
    byPlace.set(change.place, changes);
    changes.push(change);
  }
  return byPlace;
}

/** Whether code changes it that `setup` does not run. */
function runsLater({ context }: Change): boolean {
  const first = (lineage(context).at(-1) as Context).kind;
  return first !== "setup" && first !== "module" && first !== "beside";
}

function stateFinding(flow: Flow, place: Place, changes: readonly Change[]): Finding[] {
  if (CACHE_NAME.test(place.name) || holdsTimers(place)) return [];
  if (flow.isLoaded(place) || isWrittenThrough(flow, place, changes)) return [];
  const [first] = changes as [Change];
  const home = homeOf(flow, place) ?? "module";
  const elsewhere = first.module === place.module ? "" : ` of ${baseName(first.module.path)}`;
  const data = {
    name: place.name,
    home: place.hangsOn ? `a property of ${place.hangsOn}` : HOMES[home][place.owner ? 1 : 0],
    who: first.context.name,
    line: `${first.module.lineOf(first.node)}${elsewhere}`,
    instead: home === "connection" ? CLIENT_INSTEAD : SERVER_INSTEAD,
  };
  const entry = first.entry ?? (first.module === flow.root ? first.node : undefined);
  const where = { module: place.module, node: place.declaration, entry };
  const messageId = "state";
  const keepsSockets = holdsSockets(flow, place, changes);
  if (keepsSockets && !isLimit(place, changes)) {
    return [{ ...where, rule: "no-sockets-in-collections", messageId: "sockets", data }];
  }
  const canMove =
    place.module === flow.root &&
    place.hangsOn === undefined &&
    !keepsSockets &&
    changes.every((change) => isCloned(flow.evaluator, change));
  const keepers = canMove ? keepersFor(flow, home) : [];
  const finding = { ...where, messageId, data, place, keepers, flow };
  if (isLimit(place, changes)) return [{ ...finding, rule: "no-limits-in-memory" }];
  if (changes.every(({ context }) => context.kind === "middleware")) {
    return [{ ...finding, rule: "no-state-in-middlewares" }];
  }
  return [{ ...finding, rule: "no-state-in-variables" }];
}

const HOMES: Record<Home, readonly [string, string]> = {
  module: ["a variable of the module", "a field of an object that the module makes"],
  setup: ["a variable of `setup`", "a field of an object that `setup` makes"],
  connection: [
    "a variable of the connection listener",
    "a field of an object that the connection listener makes",
  ],
  middleware: ["a variable of a middleware", "a field of an object that a middleware makes"],
};
const CLIENT_INSTEAD = "`socket.data`";
const SERVER_INSTEAD = "`io.data`, or in `socket.data` if it belongs to one client";

function holdsSockets(flow: Flow, place: Place, changes: readonly Change[]): boolean {
  return (
    isTypedForSockets(flow.evaluator, place) ||
    changes.some(({ module, stored }) => holdSocket(flow.evaluator, module, stored))
  );
}

/** Whether a change is gone after a sleep: what is changed outlives the code that changes it. */
function isLost(flow: Flow, { place, context }: Change): boolean {
  const contexts = contextsOf(flow, place);
  const origins = lineage(context);
  if (origins.some((origin) => contexts.has(origin))) return false;
  const first = (origins.at(-1) as Context).kind;
  const home = homeOf(flow, place);
  if (home === undefined || first === "setup" || first === "module") return false;
  if (first === "beside") return home !== "connection" && isReadBySockets(flow, place);
  return first !== "connection" || home === "module" || home === "setup";
}

function contextsOf(
  flow: Flow,
  { owner, isStatic, variable, module }: Place,
): ReadonlySet<Context> {
  if (isStatic) return new Set();
  if (owner) return flow.contextsOf(owner);
  return variable ? flow.contextsOf(module.homeOf(variable)) : new Set();
}

/** Where a place lives: with what it is made anew. */
function homeOf(flow: Flow, place: Place): Home | undefined {
  const isGlobal = place.isStatic || (!place.variable && !place.owner);
  if (isGlobal) return "module";
  const isTopLevel = place.variable && place.module.homeOf(place.variable).type === "Program";
  if (isTopLevel) return "module";
  const kinds = new Set([...contextsOf(flow, place)].map(({ kind }) => kind));
  // Nobody in sight makes one, so somebody out of sight does.
  if (kinds.size === 0) return place.owner ? "setup" : undefined;
  return (["module", "setup", "connection", "middleware"] as const).find((kind) => kinds.has(kind));
}

// ---- listeners

function registrationFinding({ on, method, event, ...seen }: Registration): Finding[] {
  const { context } = seen;
  const data = { event: event || "an event", who: context.name, method };
  const isRemoval = /^(off|remove)/.test(method);
  if (on === "server") {
    if (method === "once" && /^connect(ion)?$/.test(event)) {
      return [{ ...seen, rule: "no-once-connection", messageId: "once", data }];
    }
    const isInSetup = ["setup", "module", "beside"].includes(context.kind);
    if (isInSetup) return [];
    const messageId = isRemoval ? "removed" : method === "use" ? "middleware" : "server";
    return [{ ...seen, rule: "no-late-listeners", messageId, data }];
  }
  if (context.kind === "middleware") {
    if (isRemoval) return [];
    return [{ ...seen, rule: "no-state-in-middlewares", messageId: "listener", data }];
  }
  // What was taken off a socket, or has heard once, stays away.
  if (on === "socket" && (isRemoval || !isLater(context))) return [];
  if (isLater(context)) {
    const messageId = isRemoval ? "removed" : "late";
    return [{ ...seen, rule: "no-late-listeners", messageId, data }];
  }
  const isForgotten = /once/i.test(method) && !/^(upgrad(e|ing)|close)$/.test(event);
  if (context.kind !== "connection" || !isForgotten) return [];
  return [{ ...seen, rule: "no-late-listeners", messageId: "once", data }];
}

// ---- timers

function timerFinding(flow: Flow, timer: Timer): Finding[] {
  const { method, milliseconds, isWaitedFor, isGuarded, ...seen } = timer;
  const { context } = seen;
  const isInterval = method === "setInterval";
  if (isWaitedFor || method === "setImmediate" || context.kind === "beside") return [];
  if (context.kind === "module" && !(isInterval && servesAtTopLevel(flow))) return [];
  const data = { method, who: context.name };
  const rule = "no-timers";
  if (isInterval) return [{ ...seen, rule, messageId: "interval", data }];
  if (context.kind === "connection" && !isGuarded) {
    return [{ ...seen, rule, messageId: "again", data }];
  }
  if (milliseconds !== undefined && milliseconds <= SHORT_MS) return [];
  return [{ ...seen, rule, messageId: "timeout", data }];
}

/** Whether a module is a server as on Node, with its listeners at the top level. */
function servesAtTopLevel(flow: Flow): boolean {
  return flow.records.registrations.some(
    ({ on, context }) => on === "server" && context.kind === "module",
  );
}

// ---- limits and stores of packages

function limiterFinding(flow: Flow, { name, kind, ...seen }: Limiter): Finding[] {
  const data = { name };
  if (kind === "state") {
    if (!isUsedLater(flow, seen)) return [];
    return [{ ...seen, rule: "no-state-in-variables", messageId: "package", data }];
  }
  if (kind === "middleware") {
    const isLimiter = /limit/.test(name);
    const rule = isLimiter ? "no-limits-in-memory" : "no-state-in-middlewares";
    return [{ ...seen, rule, messageId: isLimiter ? "package" : "store", data }];
  }
  if (!isUsedByServer(flow, seen.module, seen.node)) return [];
  return [{ ...seen, rule: "no-limits-in-memory", messageId: "package", data }];
}

/** Whether what is made here outlives the code that makes it, and is used after that. */
function isUsedLater(
  flow: Flow,
  { module, node, context }: Omit<Limiter, "name" | "kind">,
): boolean {
  if (isLater(context) || context.kind === "middleware") return false;
  const declarator = parentOf(node);
  if (declarator?.type !== "VariableDeclarator") return declarator?.type === "PropertyDefinition";
  const variable = module.variableOf(declarator.id);
  return (variable?.references ?? []).some(({ identifier }) => {
    const contexts = [...flow.contextsOf(enclosingCode(identifier as ESTree.Node))];
    const isOther = context.kind !== "connection";
    return contexts.some((one) => isLater(one) || (isOther && one.kind === "connection"));
  });
}

/** Whether what is made here is held longer than an event, and used by a listener or a middleware. */
function isUsedByServer(flow: Flow, module: Module, node: ESTree.Node): boolean {
  const declarator = parentOf(node);
  if (declarator?.type !== "VariableDeclarator") return declarator?.type === "PropertyDefinition";
  const variable = module.variableOf(declarator.id);
  return (variable?.references ?? []).some(({ identifier }) => {
    const contexts = flow.contextsOf(enclosingCode(identifier as ESTree.Node));
    return [...contexts].some(({ kind }) =>
      ["connection", "listener", "middleware"].includes(kind),
    );
  });
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
