/** Sockets that listen to something beside their server, which goes on without them: an emitter, a broker, the process. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import {
  type CodeNode,
  contains,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
} from "../code/syntax.ts";
import { has, ofKind, type Value } from "../code/value.ts";
import type { Evaluator } from "../values/evaluator.ts";
import { type Context, lineage } from "./context.ts";
import type { Contexts } from "./walker.ts";

type FunctionValue = Extract<Value, { kind: "function" }>;

/** How one hears of what others tell. */
const SUBSCRIBES =
  /^(on|once|addListener|prependListener|addEventListener|p?subscribe|sSubscribe|pSubscribe|listen|watch|observe|onSnapshot)$/;

/** Whether a call has something call back that was made elsewhere, and goes on without the code that calls it. */
export function subscribesElsewhere(
  flow: Contexts & { readonly evaluator: Evaluator },
  module: Module,
  callee: ESTree.MemberExpression,
): boolean {
  if (!SUBSCRIBES.test(propertyName(callee) ?? "")) return false;
  let node = unwrap(callee.object);
  while (node.type === "MemberExpression") node = unwrap(node.object);
  if (node.type === "ThisExpression") {
    const owner = module.classOfThis(node);
    if (owner === undefined) return false;
    // Each connection has its own, which is made again with it.
    const isMadeOnce = [...flow.contextsOf(owner)].every(({ kind }) => kind === "setup");
    return isMadeOnce || isMadeBefore(flow, module, callee);
  }
  if (node.type !== "Identifier") return false;
  const variable = module.variableOf(node);
  if (!variable) return /^(process|globalThis|global)$/.test(node.name);
  if (variable.defs[0]?.type === "Parameter") return isMadeBefore(flow, module, callee);
  const home = module.homeOf(variable);
  return home !== enclosingCode(callee) && !isMadeInSameRun(flow, home, enclosingCode(callee));
}

/** Whether what is subscribed to is a variable's of the module, or of `setup`, whatever it is called here. */
function isMadeBefore(
  flow: Contexts & { readonly evaluator: Evaluator },
  module: Module,
  callee: ESTree.MemberExpression,
): boolean {
  return ofKind(flow.evaluator.evaluate(module, callee.object), "state").some(({ place }) => {
    if (place.variable === undefined) return false;
    const home = place.module.homeOf(place.variable);
    const contexts = [...flow.contextsOf(home)];
    const isOfSetup = contexts.length > 0 && contexts.every(({ kind }) => kind === "setup");
    return home.type === "Program" || isOfSetup;
  });
}

/** Whether code runs for the same event as that which declares a variable. */
function isMadeInSameRun(flow: Contexts, home: CodeNode, code: CodeNode): boolean {
  const around = home.type === "Program" ? new Set<Context>() : flow.contextsOf(home);
  const contexts = [...flow.contextsOf(code)].filter(({ kind }) => kind !== "connection");
  const isSame = (context: Context) => lineage(context).some((origin) => around.has(origin));
  return contexts.length > 0 && contexts.every(isSame);
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
    const isField = part.type === "MemberExpression" && part.object.type === "ThisExpression";
    if (part.type !== "Identifier" && !isField) return false;
    const values = evaluator.evaluate(module, part);
    if (has(values, "socket")) return true;
    return ofKind(values, "function").some((target) => usesSocket(evaluator, target, asked));
  });
}
