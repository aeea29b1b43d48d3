/** What is lost of state in variables and fields: where it is, who changes it, and what could hold it instead. */
import type * as ESTree from "estree";
import { writtenName } from "../code/module.ts";
import { type CodeNode, enclosingCode, isFunction, parentOf, unwrap } from "../code/syntax.ts";
import type { Home, Place } from "../code/value.ts";
import { remembersMatch } from "../values/regular-expressions.ts";
import { isReadBySockets } from "../walk/beside.ts";
import { holdSocket, isTypedForSockets } from "../walk/changes.ts";
import { type Context, isEnd, isToldAgain, lineage } from "../walk/context.ts";
import type { Flow } from "../walk/flow.ts";
import type { Change } from "../walk/records.ts";
import { holdsTimers, holdsTimersOfMany } from "../walk/timer-handles.ts";
import type { Finding } from "./finding.ts";
import { isOfLog } from "./state/flags-of-logs.ts";
import { keepersFor } from "./state/keepers.ts";
import { classesMadeOnDemand, isFilledOnDemand, isNoCache } from "./state/lazy.ts";
import { isLimit } from "./state/limits.ts";
import { isPutOnSocket } from "./state/put-on-sockets.ts";
import { holdsQueue } from "./state/queues.ts";
import { isCloned } from "./state/stored.ts";
import { isWrittenThrough } from "./state/written-through.ts";

/** A loss of these is none: they are filled again. */
const CACHE_NAME = /cache|memo(ized?)?$/i;
/** The findings for state that is gone after a sleep. */
export function stateFindings(flow: Flow): Finding[] {
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
    if (putsModule(change)) continue;
    const isLasting = owner !== undefined && !isStatic && lasting.has(owner);
    if (isLasting ? !runsLater(change) : !isLost(flow, change)) continue;
    const changes = byPlace.get(change.place) ?? [];
    byPlace.set(change.place, changes);
    changes.push(change);
  }
  return byPlace;
}

/** `config.request = require("request")`: whoever puts it there again puts the same there. */
function putsModule({ module, node }: Change): boolean {
  const value = node.type === "AssignmentExpression" ? unwrap(node.right) : undefined;
  const name = value && module.loadedBy(value);
  return name !== undefined && writtenName(name) !== undefined;
}

/** Whether code changes it that `setup` does not run. */
function runsLater({ context }: Change): boolean {
  const first = (lineage(context).at(-1) as Context).kind;
  return first !== "setup" && first !== "module" && first !== "beside";
}

function stateFinding(flow: Flow, place: Place, changes: readonly Change[]): Finding[] {
  if (holdsTimers(place) || holdsTimersOfMany(place, changes)) return [];
  if (holdsQueue(place, changes)) return [];
  if (CACHE_NAME.test(place.name) && !isNoCache(flow, changes)) return [];
  if (isOfLog(place)) return [];
  if (flow.isLoaded(place) || isWrittenThrough(flow, place, changes)) return [];
  if (isPutOnSocket(flow, place, changes)) return [];
  const [first] = changes as [Change];
  const home = homeOf(flow, place) ?? "module";
  const elsewhere = first.module === place.module ? "" : ` of ${first.module.name}`;
  const data = {
    name: place.name,
    home: wordsFor(place, home),
    who: first.context.name,
    line: `${first.module.lineOf(first.node)}${elsewhere}`,
    instead: home === "connection" ? CLIENT_INSTEAD : SERVER_INSTEAD,
  };
  const entry = first.entry ?? (first.module === flow.root ? first.node : undefined);
  const isChangedHere = changes.some(({ module }) => module === flow.root);
  const where = { module: place.module, node: place.declaration, entry, isChangedHere };
  if (remembersMatch(place) && changes.every(({ how }) => how === "mutated")) {
    return [{ ...where, messageId: "lastIndex", data, rule: "no-state-in-variables" }];
  }
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

const HOMES: Record<Home, readonly [string, string, string, string]> = {
  module: [
    "a variable of the module",
    "a field of an object that the module makes",
    "a collection that the module makes",
    "an object that the module makes",
  ],
  setup: [
    "a variable of `setup`",
    "a field of an object that `setup` makes",
    "a collection that `setup` makes",
    "an object that `setup` makes",
  ],
  connection: [
    "a variable of the connection listener",
    "a field of an object that the connection listener makes",
    "a collection that the connection listener makes",
    "an object that the connection listener makes",
  ],
  middleware: [
    "a variable of a middleware",
    "a field of an object that a middleware makes",
    "a collection that a middleware makes",
    "an object that a middleware makes",
  ],
};

/** Where a place is, as a message says it. */
function wordsFor(place: Place, home: Home): string {
  if (place.hangsOn) return `a property of ${place.hangsOn}`;
  const { variable, module } = place;
  const code = variable && module.homeOf(variable);
  // What a function of the module makes, which is called once, or by what is there once.
  if (home === "module" && code && isFunction(code))
    return "a variable of a function of the module";
  return HOMES[home][homeWords(place)];
}

function homeWords({ owner, isContents, isWhole }: Place): 0 | 1 | 2 | 3 {
  if (isWhole) return 3;
  if (isContents) return 2;
  return owner ? 1 : 0;
}

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
  const origin = origins.at(-1) as Context;
  const first = origin.kind;
  const home = homeOf(flow, place);
  if (home === "connection" && isEnd(origin)) return false;
  if (/^the (server|adapter)$/.test(place.hangsOn ?? "") && isToldAgain(origin)) return false;
  if (home === undefined || first === "setup" || first === "module") return false;
  if (first === "beside") return home !== "connection" && isReadBySockets(flow, place);
  return first !== "connection" || home === "module" || home === "setup";
}

function contextsOf(flow: Flow, place: Place): ReadonlySet<Context> {
  const { owner, isStatic, variable, module } = place;
  if (isStatic) return new Set();
  if (owner) return flow.contextsOf(owner);
  if (variable) return flow.contextsOf(module.homeOf(variable));
  const maker = makerOf(place);
  return maker ? flow.contextsOf(maker) : new Set();
}

/** The code that makes an object without a name: `chat(io, { users: [] })`. */
function makerOf({ declaration, owner, variable, hangsOn, isStatic }: Place): CodeNode | undefined {
  if (isStatic || owner || variable || hangsOn !== undefined) return undefined;
  if (parentOf(declaration)?.type !== "Property") return undefined;
  const code = enclosingCode(declaration);
  return code.type === "Program" ? undefined : code;
}

/** Where a place lives: with what it is made anew. */
function homeOf(flow: Flow, place: Place): Home | undefined {
  const maker = makerOf(place);
  const isGlobal = place.isStatic || (!place.variable && !place.owner && !maker);
  if (isGlobal) return "module";
  const isTopLevel = place.variable && place.module.homeOf(place.variable).type === "Program";
  if (isTopLevel) return "module";
  const kinds = new Set([...contextsOf(flow, place)].map(({ kind }) => kind));
  // Nobody in sight makes one, so somebody out of sight does.
  if (kinds.size === 0) return place.owner ? "setup" : undefined;
  return (["module", "setup", "connection", "middleware"] as const).find((kind) => kinds.has(kind));
}
