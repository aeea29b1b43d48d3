/** Whether `data` of servers or sockets has room for a name. */
import type * as ESTree from "estree";
import type { Module } from "../analysis/code/module.ts";
import { parentOf, propertyName, unwrap, visit, wrapped } from "../analysis/code/syntax.ts";
import { has } from "../analysis/code/value.ts";
import type { Keeper } from "../analysis/losses/state/keepers.ts";
import type { Flow } from "../analysis/walk/flow.ts";

/** Not if somebody has put something else there already, puts all of it there anew, or sends it as a whole. */
export function isFree(flow: Flow, { kind }: Keeper, name: string): boolean {
  let free = true;
  for (const module of flow.modules) {
    visit(module.program, module.keys, (node) => {
      if (isData(flow, module, node, kind)) free &&= leaves(module, node, name);
      else if (isTakenApart(node)) free &&= leavesAs(flow, module, node.value, name);
      return free;
    });
  }
  return free;
}

/** `socket.data` */
function isData(flow: Flow, module: Module, node: ESTree.Node, kind: Keeper["kind"]): boolean {
  if (node.type !== "MemberExpression" || propertyName(node) !== "data") return false;
  return has(flow.evaluator.evaluate(module, node.object), kind);
}

/** `{ data }` */
function isTakenApart(node: ESTree.Node): node is ESTree.AssignmentProperty {
  return (
    node.type === "Property" &&
    propertyName(node) === "data" &&
    parentOf(node)?.type === "ObjectPattern"
  );
}

/** Whether an expression for all data leaves this name alone. */
function leaves(module: Module, data: ESTree.Node, name: string): boolean {
  const outer = wrapped(data);
  const up = parentOf(outer);
  if (up?.type === "MemberExpression" && unwrap(up.object) === data) return isOther(up, name);
  if (up?.type !== "VariableDeclarator" || up.init !== outer) return false;
  return leavesByPattern(module, up.id, name);
}

/** Of a part that a pattern takes out of something: only if that is a server's or a socket's. */
function leavesAs(flow: Flow, module: Module, pattern: ESTree.Node, name: string): boolean {
  const target = pattern.type === "AssignmentPattern" ? pattern.left : pattern;
  if (target.type === "Identifier") {
    if (!has(flow.evaluator.evaluate(module, target), "kept")) return true;
  }
  return leavesByPattern(module, target, name);
}

function leavesByPattern(module: Module, pattern: ESTree.Node, name: string): boolean {
  if (pattern.type === "Identifier") return leavesAsVariable(module, pattern, name);
  if (pattern.type !== "ObjectPattern") return false;
  return pattern.properties.every(
    (property) => property.type === "Property" && isOther(property, name),
  );
}

/** `const { data } = socket`, `const data = socket.data`: what is done with that. */
function leavesAsVariable(module: Module, id: ESTree.Identifier, name: string): boolean {
  const uses = module.variableOf(id)?.references ?? [];
  return uses.every(({ init, identifier }) => {
    if (init) return true;
    const up = parentOf(wrapped(identifier as ESTree.Node));
    return up?.type === "MemberExpression" && isOther(up, name);
  });
}

function isOther(node: ESTree.MemberExpression | ESTree.Property, name: string): boolean {
  const property = propertyName(node);
  return property !== undefined && property !== name;
}
