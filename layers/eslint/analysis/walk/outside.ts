/** Sockets that listen to something beside their server, which goes on without them: an emitter, a broker, the process. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import {
  contains,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
} from "../code/syntax.ts";
import { has, ofKind, type Value } from "../code/value.ts";
import type { Evaluator } from "../values/evaluator.ts";
import type { Contexts } from "./walker.ts";

type FunctionValue = Extract<Value, { kind: "function" }>;

/** How one hears of what others tell. */
const SUBSCRIBES =
  /^(on|once|addListener|prependListener|addEventListener|p?subscribe|sSubscribe|pSubscribe|listen|watch|observe|onSnapshot)$/;

/** Whether a call has something call back that was made elsewhere, and goes on without the code that calls it. */
export function subscribesElsewhere(
  flow: Contexts,
  module: Module,
  callee: ESTree.MemberExpression,
): boolean {
  if (!SUBSCRIBES.test(propertyName(callee) ?? "")) return false;
  let node = unwrap(callee.object);
  while (node.type === "MemberExpression") node = unwrap(node.object);
  if (node.type === "ThisExpression") {
    const owner = module.classOfThis(node);
    // Each connection has its own, which is made again with it.
    return owner !== undefined && [...flow.contextsOf(owner)].every(({ kind }) => kind === "setup");
  }
  if (node.type !== "Identifier") return false;
  const variable = module.variableOf(node);
  if (!variable) return /^(process|globalThis|global)$/.test(node.name);
  return module.homeOf(variable) !== enclosingCode(callee);
}

/** Whether an argument answers a client's event: `(news) => ack(news)`, or `ack` itself. */
export function answersLater(flow: Contexts, module: Module, argument: ESTree.Node): boolean {
  const isAnswer = (node: ESTree.Node): boolean => {
    if (node.type !== "Identifier") return false;
    const [definition] = module.variableOf(node)?.defs ?? [];
    const owner = definition?.type === "Parameter" && (definition.node as ESTree.Node);
    if (!owner || !isFunction(owner) || owner === argument) return false;
    return [...flow.contextsOf(owner)].some(({ kind }) => kind === "listener");
  };
  if (!isFunction(argument)) return isAnswer(unwrap(argument));
  return contains(argument.body, module.keys, (part) => {
    const call = parentOf(part);
    return call?.type === "CallExpression" && call.callee === part && isAnswer(part);
  });
}

/** Whether a function, or one that it names, has to do with a socket. */
export function usesSocket(
  evaluator: Evaluator,
  { module, node }: FunctionValue,
  asked: Set<ESTree.Node> = new Set(),
): boolean {
  if (asked.has(node)) return false;
  asked.add(node);
  return contains(node.body, module.keys, (part) => {
    if (part.type !== "Identifier") return false;
    const values = evaluator.evaluate(module, part);
    if (has(values, "socket")) return true;
    return ofKind(values, "function").some((target) => usesSocket(evaluator, target, asked));
  });
}
