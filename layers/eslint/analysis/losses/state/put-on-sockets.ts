/**
 * `const player = { lives: 3 }; socket.data.player = player;` in a connection listener: a replay makes it again, and what
 * was kept is put into it. So it is with what is put on the socket itself, or around it.
 */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "../../code/module.ts";
import {
  contains,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
} from "../../code/syntax.ts";
import { has, type Place } from "../../code/value.ts";
import type { Flow } from "../../walk/flow.ts";
import type { Change } from "../../walk/records.ts";

const HOLDERS = /^(data|request|handshake)$/;

/** Whether a variable holds an object that the same code puts on its socket, and clients' events change. */
export function isPutOnSocket(flow: Flow, place: Place, changes: readonly Change[]): boolean {
  const { variable, module } = place;
  const [write, ...others] = variable?.references.filter((reference) => reference.isWrite()) ?? [];
  if (!variable || !write?.writeExpr || others.length > 0) return false;
  const given = unwrap(write.writeExpr);
  // `const player = (socket.data.player = { lives: 3 })`
  const isAtOnce = given.type === "AssignmentExpression" && given.operator === "=";
  if (!isPlain(isAtOnce ? given.right : given)) return false;
  if (!changes.every((change) => change.how === "mutated" && isByClient(flow, change)))
    return false;
  const home = enclosingCode(place.declaration);
  if (!isFunction(home) || ![...flow.contextsOf(home)].every(({ kind }) => kind === "connection")) {
    return false;
  }
  if (isAtOnce) {
    const key = placeOnSocket(flow, module, given.left);
    const declaration = parentOf(parentOf(place.declaration) as ESTree.Node);
    const isAlways = declaration !== undefined && isStatementOf(declaration, home);
    return key !== undefined && isAlways && !isReplaced(module, key, variable, given);
  }
  return variable.references.some(({ identifier }) => {
    const assignment = parentOf(identifier as ESTree.Node);
    if (assignment?.type !== "AssignmentExpression" || assignment.operator !== "=") return false;
    if (assignment.right !== identifier || !isAlwaysRun(assignment, home)) return false;
    const key = placeOnSocket(flow, module, assignment.left);
    return key !== undefined && !isReplaced(module, key, variable);
  });
}

/** What a replay can fill with what was kept. */
function isPlain(made: ESTree.Node): boolean {
  const node = unwrap(made);
  if (node.type !== "NewExpression") return /^(Object|Array)Expression$/.test(node.type);
  return node.callee.type === "Identifier" && /^(Map|Set|\w+Array)$/.test(node.callee.name);
}

/** A timer's change, or a broker's, nobody notices. */
function isByClient({ evaluator }: Flow, { context }: Change): boolean {
  const { kind, origin, node, module } = context;
  if (kind !== "listener" || origin !== undefined || node.type !== "CallExpression") return false;
  const callee = unwrap(node.callee);
  if (callee.type !== "MemberExpression") return false;
  return has(evaluator.evaluate(module, callee.object), "socket");
}

/** A statement of the function's own, which no condition is around. */
function isAlwaysRun(assignment: ESTree.Node, home: ESTree.Node): boolean {
  const statement = parentOf(assignment);
  return statement?.type === "ExpressionStatement" && isStatementOf(statement, home);
}

function isStatementOf(statement: ESTree.Node, home: ESTree.Node): boolean {
  const block = parentOf(statement);
  return block !== undefined && parentOf(block) === home;
}

/** `player` of `socket.data.player` and of `socket.player`; undefined of other places. */
function placeOnSocket(
  { evaluator }: Flow,
  module: Module,
  target: ESTree.Node,
): string | undefined {
  const member = unwrap(target);
  if (member.type !== "MemberExpression") return undefined;
  const holder = unwrap(member.object);
  const isHolder = holder.type === "MemberExpression" && HOLDERS.test(propertyName(holder) ?? "");
  const socket = isHolder ? holder.object : holder;
  return has(evaluator.evaluate(module, socket), "socket") ? propertyName(member) : undefined;
}

/** Whether the module puts something else where it is, or where `own` has put it. */
function isReplaced(
  module: Module,
  key: string,
  variable: Scope.Variable,
  own?: ESTree.Node,
): boolean {
  return contains(module.program, module.keys, (node) => {
    if (
      node === own ||
      node.type !== "AssignmentExpression" ||
      node.left.type !== "MemberExpression"
    )
      return false;
    if (propertyName(node.left) !== key) return false;
    return node.right.type !== "Identifier" || module.variableOf(node.right) !== variable;
  });
}
