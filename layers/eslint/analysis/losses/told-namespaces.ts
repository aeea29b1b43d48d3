/**
 * Namespaces that listeners of `new_namespace` are given. They are told of again after a sleep, as long as somebody is in
 * them, and then what is registered on them is registered again.
 */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { type FunctionNode, isWithin, parentOf, unwrap } from "../code/syntax.ts";
import type { Context } from "../walk/context.ts";

/** So many functions may hand a namespace on to each other. */
const DEEPEST = 4;

interface Seen {
  readonly module: Module;
  readonly node: ESTree.Node;
  /** Of a listener of `new_namespace`. */
  readonly context: Context;
}

/** `nsp.use(…)`, `nsp.adapter.on(…)` of what the listener was given, also by functions that it hands it on to. */
export function isOnToldNamespace({ module, node, context }: Seen): boolean {
  let receiver = node.type === "CallExpression" ? unwrap(node.callee) : node;
  while (receiver.type === "MemberExpression") receiver = unwrap(receiver.object);
  return module === context.module && isTold(module, receiver, context, DEEPEST);
}

function isTold(module: Module, node: ESTree.Node, context: Context, depth: number): boolean {
  const variable = node.type === "Identifier" ? module.variableOf(node) : undefined;
  const [given] = variable?.defs ?? [];
  if (given?.type !== "Parameter") return false;
  const code = given.node as FunctionNode;
  if (isWithin(code, context.node)) return true;
  const at = code.params.indexOf(given.name);
  return usesOf(module, code).some((use) => {
    const call = parentOf(use);
    if (call?.type !== "CallExpression") return false;
    if (call === context.node) return at === 0 && call.callee !== use;
    const handed = call.callee === use ? call.arguments[at] : undefined;
    return handed !== undefined && depth > 0 && isTold(module, handed, context, depth - 1);
  });
}

/** Where a function is named that has a name. */
function usesOf(module: Module, code: FunctionNode): ESTree.Node[] {
  const up = parentOf(code);
  const name =
    code.type === "FunctionDeclaration"
      ? code.id
      : up?.type === "VariableDeclarator" && up.id.type === "Identifier"
        ? up.id
        : undefined;
  const references: Scope.Reference[] = (name && module.variableOf(name)?.references) ?? [];
  return references.map(({ identifier }) => identifier as ESTree.Node);
}
