/** From what was seen to what is lost: one finding for each fault, for one rule. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { mentionsServer } from "../code/packages.ts";
import {
  argumentsOf,
  enclosingCode,
  parentOf,
  propertyName,
  unwrap,
  wrapped,
} from "../code/syntax.ts";
import { has } from "../code/value.ts";
import { takesPieces } from "../values/in-memory.ts";
import { namesIn } from "../values/roles.ts";
import { type Context, isLater, isToldAgain, MICROTASK } from "../walk/context.ts";
import type { Flow } from "../walk/flow.ts";
import type { Effect, Limiter, OutsideListener, Registration, Timer } from "../walk/records.ts";
import { isPutByEvents } from "./data/replaced-again.ts";
import { dataFindings } from "./data-findings.ts";
import type { Finding } from "./finding.ts";
import { isOtherAgain, isSettledByEvents, isToHappenOnce } from "./state/remembering.ts";
import { stateFindings } from "./state-findings.ts";
import { isOnToldNamespace } from "./told-namespaces.ts";

/** A timer that is over before anybody could sleep. */
const SHORT_MS = 1000;
/** Events of `socket.conn` that a listener is there for in time. */
const HAPPENS_ONCE = /^(upgrad(e|ing)|close)$/;

export function findingsOf(flow: Flow): Finding[] {
  const { registrations, timers, limiters, effects } = flow.records;
  const found = [
    ...stateFindings(flow),
    ...registrations.flatMap(registrationFinding),
    ...timers.flatMap((timer) => timerFinding(flow, timer)),
    ...limiters.flatMap((limiter) => limiterFinding(flow, limiter)),
    ...dataFindings(flow),
    ...flow.records.outside.map(outsideFinding),
    ...effects.flatMap((effect) => effectFinding(flow, effect)),
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
    data: { name: root.name, other: name },
  }));
  for (const { name, ...seen } of records.unread) {
    const data = { name, other: "" };
    if (!mentionsServer(root.source.text)) continue;
    found.push({ ...whole, ...seen, messageId: "computed", data });
  }
  if (isWhole) return found;
  return [{ ...whole, node, messageId: "long", data: { name: root.name, other: "" } }];
}

function effectFinding(flow: Flow, effect: Effect): Finding[] {
  const { name, kind, ...seen } = effect;
  if (kind === "replaced" && !isPutByEvents(flow, effect)) return [];
  const who = seen.context.name;
  const instead = who === MICROTASK ? AT_ONCE : AWAITED;
  return [{ ...seen, rule: "ask-restored", messageId: kind, data: { name, who, instead } }];
}

const AT_ONCE = "do it in the listener itself, of which a replay drops it";
const AWAITED =
  "make the listener `async` and `await` it, or return it: then that is dropped in a replay";

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
    if (isInSetup || (isToldAgain(context) && isOnToldNamespace(seen))) return [];
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
  if (context.kind !== "connection" || isRemoval || HAPPENS_ONCE.test(event)) return [];
  const messageId = /once/i.test(method) ? "once" : "waking";
  return [{ ...seen, rule: "no-late-listeners", messageId, data }];
}

// ---- timers

function timerFinding(flow: Flow, timer: Timer): Finding[] {
  const { method, milliseconds, isWaitedFor, isGuarded, ...seen } = timer;
  const { context } = seen;
  const isInterval = method === "setInterval";
  if (isWaitedFor || context.kind === "beside") return [];
  if (context.kind === "module" && !(isInterval && servesAtTopLevel(flow))) return [];
  const data = { method, who: context.name };
  const rule = "no-timers";
  if (isInterval) return [{ ...seen, rule, messageId: "interval", data }];
  if (context.kind === "connection" && !isGuarded) {
    return [{ ...seen, rule, messageId: "again", data }];
  }
  if (method === "setImmediate") return [];
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
  if (kind === "context") {
    return [{ ...seen, rule: "no-state-in-middlewares", messageId: "context", data }];
  }
  if (kind === "once" && !isOtherAgain(flow, seen.module, seen.node)) return [];
  if (kind === "promise" && !isSettledByEvents(flow, seen.module, seen.node)) return [];
  const where = seen.context.kind;
  if (kind === "hears") {
    if (!/^(module|setup|connection)$/.test(where) || !isToHappenOnce(flow, seen.module, seen.node))
      return [];
    return [{ ...seen, rule: "no-state-in-variables", messageId: kind, data }];
  }
  if (kind === "counter") {
    if (!/^(connection|listener|middleware)$/.test(where)) return [];
    return [{ ...seen, rule: "no-state-in-variables", messageId: kind, data }];
  }
  if (kind === "state" || kind === "once" || kind === "promise") {
    if (!isUsedLater(flow, seen) && !isPiped(seen) && !isGivenServer(flow, seen)) return [];
    const memory = takesPieces(name) ? "stream" : "package";
    const messageId = kind === "state" ? memory : kind;
    return [{ ...seen, rule: "no-state-in-variables", messageId, data }];
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
  const isOther = context.kind !== "connection";
  return isUsedWhere(flow, module, node, (user) => {
    return isLater(user) || (isOther && user.kind === "connection");
  });
}

/** `new YSocketIO(io)`: it listens by itself. */
function isGivenServer({ evaluator }: Flow, { module, node }: Pick<Limiter, "module" | "node">) {
  if (node.type !== "NewExpression") return false;
  return argumentsOf(node).some((given) => has(evaluator.evaluate(module, given), "server"));
}

/** `events.pipe(scan(add, 0))`: an operator is used for as long as somebody hears what comes out. */
function isPiped({ node, context }: Omit<Limiter, "name" | "kind">): boolean {
  const call = parentOf(node);
  if (call?.type !== "CallExpression" || call.callee === node || isLater(context)) return false;
  const callee = unwrap(call.callee);
  return callee.type === "MemberExpression" && propertyName(callee) === "pipe";
}

/** Whether what is made here is held longer than an event, and used by a listener or a middleware. */
function isUsedByServer(flow: Flow, module: Module, node: ESTree.Node): boolean {
  return isUsedWhere(flow, module, node, ({ kind }) => {
    return ["connection", "listener", "middleware"].includes(kind);
  });
}

/** Whether what is made here is held by a property, or by a variable that code of such a context uses. */
function isUsedWhere(
  flow: Flow,
  module: Module,
  node: ESTree.Node,
  isMeant: (context: Context) => boolean,
): boolean {
  const holder = parentOf(wrapped(node));
  if (holder?.type === "PropertyDefinition") return true;
  if (holder?.type === "VariableDeclarator")
    return namesIn(holder.id).some((name) => isUsedBy(flow, module, name, isMeant));
  if (holder?.type !== "AssignmentExpression") return false;
  const { left } = holder;
  if (left.type === "MemberExpression") return unwrap(left.object).type === "ThisExpression";
  return left.type === "Identifier" && isUsedBy(flow, module, left, isMeant);
}

/** Whether such code uses a variable, or one that holds a part of it: `const writer = writable.getWriter()`. */
function isUsedBy(
  flow: Flow,
  module: Module,
  name: ESTree.Node,
  isMeant: (context: Context) => boolean,
): boolean {
  return (module.variableOf(name)?.references ?? []).some((reference) => {
    const node = reference.identifier as ESTree.Node;
    if (!reference.isRead()) return false;
    if ([...flow.contextsOf(enclosingCode(node))].some(isMeant)) return true;
    const part = partTakenOf(node);
    return part !== undefined && isUsedBy(flow, module, part, isMeant);
  });
}

/** Methods that give a part of what they are called on, which is told through it. */
const TAKES_PART = /^(get(Writer|Reader|Map|Array|Text|XmlFragment)|pipe(Through)?)$/;

/** The variable that is given a part of another one. */
function partTakenOf(node: ESTree.Node): ESTree.Pattern | undefined {
  const callee = parentOf(node);
  if (callee?.type !== "MemberExpression" || callee.object !== node) return undefined;
  const call = parentOf(callee);
  const isTaken = call?.type === "CallExpression" && call.callee === callee;
  if (!isTaken || !TAKES_PART.test(propertyName(callee) ?? "")) return undefined;
  const declarator = parentOf(call);
  return declarator?.type === "VariableDeclarator" ? declarator.id : undefined;
}
