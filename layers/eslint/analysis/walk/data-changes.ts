/** Changes of `socket.data`, of `io.data` and of properties of sockets that another run of the same code would make once more. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { contains, propertyName, unwrap } from "../code/syntax.ts";
import { has } from "../code/value.ts";
import type { Evaluator } from "../values/evaluator.ts";
import { pathFromSocket } from "./late-properties.ts";

/** Methods that add an element, whatever is there already. */
const ADDS = /^(push|unshift)$/;
const ONLY_IF_MISSING = /^(\?\?|\|\||&&)=$/;

/** `counted`: it goes on from what was there; `replaced`: it puts something in its place; undefined of what is no such change. */
export function kindOfDataChange(
  evaluator: Evaluator,
  module: Module,
  node: ESTree.Node,
): "counted" | "replaced" | undefined {
  const target = changedBy(node);
  if (target === node || !isKept(evaluator, module, target)) return undefined;
  if (node.type !== "AssignmentExpression") return "counted";
  if (node.operator !== "=") return ONLY_IF_MISSING.test(node.operator) ? undefined : "counted";
  const text = module.source.getText(target);
  const goesOn = contains(node.right, module.keys, (part) => {
    return part.type === "MemberExpression" && module.source.getText(part) === text;
  });
  return goesOn ? "counted" : "replaced";
}

/** The place that an expression changes; itself, if it changes none. */
export function changedBy(node: ESTree.Node): ESTree.Node {
  if (node.type === "AssignmentExpression") return unwrap(node.left);
  if (node.type === "UpdateExpression") return unwrap(node.argument);
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return node;
  return ADDS.test(propertyName(node.callee) ?? "") ? unwrap(node.callee.object) : node;
}

/** Whether a place is one that is kept: in the data of the server, in that of a socket, or a property of a socket. */
function isKept(evaluator: Evaluator, module: Module, place: ESTree.Node): boolean {
  if (place.type !== "MemberExpression") return false;
  const [first] = pathFromSocket(evaluator, module, place) ?? [];
  if (first !== undefined) return true;
  for (let node = unwrap(place.object); node.type === "MemberExpression"; ) {
    const holder = unwrap(node.object);
    const isData = propertyName(node) === "data";
    if (isData && has(evaluator.evaluate(module, holder), "server")) return true;
    node = holder as ESTree.MemberExpression;
  }
  return false;
}
