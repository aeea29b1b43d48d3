/** Calls that set timers. */
import type * as ESTree from "estree";
import type { Module } from "./module.ts";
import {
  argumentsOf,
  enclosingCode,
  firstAwaitEnd,
  isFunction,
  numberOf,
  parentOf,
  propertyName,
  unwrap,
} from "./syntax.ts";

/** Functions of the platform that set timers. */
export const TIMERS: ReadonlySet<string> = new Set(["setTimeout", "setInterval", "setImmediate"]);

/** The timer's function that a call is of; undefined of other calls. */
export function timerOf(module: Module, call: ESTree.SimpleCallExpression): string | undefined {
  const callee = unwrap(call.callee);
  if (callee.type === "Identifier" && TIMERS.has(callee.name)) {
    const variable = module.variableOf(callee);
    const isGlobal = !variable || variable.defs[0]?.type === "ImportBinding";
    return isGlobal ? callee.name : undefined;
  }
  if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier") return undefined;
  const name = propertyName(callee) ?? "";
  return /^(globalThis|global|self|timers)$/.test(callee.object.name) && TIMERS.has(name)
    ? name
    : undefined;
}

const OF_PROCESS = /^(node:)?process$/;

/** Whether a call has something run as soon as the code around it is done: `queueMicrotask(…)`, `process.nextTick(…)`. */
export function isMicrotask(module: Module, call: ESTree.SimpleCallExpression): boolean {
  const callee = unwrap(call.callee);
  if (callee.type === "Identifier") {
    const [def] = module.variableOf(callee)?.defs ?? [];
    if (!def) return callee.name === "queueMicrotask";
    if (def.type !== "ImportBinding" || def.parent.type !== "ImportDeclaration") return false;
    return callee.name === "nextTick" && OF_PROCESS.test(String(def.parent.source.value));
  }
  if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier") return false;
  const name = propertyName(callee);
  if (callee.object.name === "process") return name === "nextTick";
  return callee.object.name === "globalThis" && name === "queueMicrotask";
}

/** How long it takes, where that is written down. */
export function millisecondsOf(module: Module, node: ESTree.Node): number | undefined {
  const literal = numberOf(node);
  if (literal !== undefined || node.type !== "Identifier") return literal;
  const variable = module.variableOf(node);
  const writes = variable?.references.filter((reference) => reference.isWrite()) ?? [];
  return writes.length === 1 ? numberOf(writes[0]?.writeExpr ?? undefined) : undefined;
}

/** Whether a timer only lets a handler wait: `new Promise((resolve) => setTimeout(resolve, 100))`. */
export function isPause(call: ESTree.SimpleCallExpression): boolean {
  for (let up = parentOf(call); up; up = parentOf(up)) {
    if (!isFunction(up)) continue;
    const promise = parentOf(up);
    if (promise?.type !== "NewExpression" || promise.callee.type !== "Identifier") return false;
    return promise.callee.name === "Promise";
  }
  return false;
}

const CLEARS = /^clear(Timeout|Interval|Immediate)$/;

/**
 * Whether code that waits for something clears its timer behind that: `const late = setTimeout(() => controller.abort(), 5000);
 * try { await fetch(url, { signal }); } finally { clearTimeout(late); }`. The timer is there only as long as the code runs.
 */
export function isClearedBehindAwait(module: Module, call: ESTree.SimpleCallExpression): boolean {
  const up = parentOf(call);
  const name = up?.type === "VariableDeclarator" ? up.id : undefined;
  const handle = name ?? (up?.type === "AssignmentExpression" ? up.left : undefined);
  const variable = handle && module.variableOf(handle);
  if (!variable) return false;
  const code = module.homeOf(variable);
  if (!isFunction(code)) return false;
  const awaited = firstAwaitEnd(code, module.keys);
  return variable.references.some(({ identifier }) => {
    const clears = parentOf(identifier as ESTree.Node);
    if (clears?.type !== "CallExpression" || enclosingCode(clears) !== code) return false;
    const isClear = clears.callee.type === "Identifier" && CLEARS.test(clears.callee.name);
    const isOfIt = isClear && argumentsOf(clears)[0] === identifier;
    return isOfIt && awaited !== undefined && (clears.range?.[0] ?? 0) > awaited;
  });
}
