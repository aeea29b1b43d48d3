/** Where the first value of a variable that is kept can be written. */
import type * as ESTree from "estree";
import type { Module } from "../analysis/code/module.ts";
import {
  type CodeNode,
  enclosingCode,
  isFunction,
  parentOf,
  propertyName,
} from "../analysis/code/syntax.ts";
import type { Keeper } from "../analysis/losses/state/keepers.ts";

/** `here`: where the variable is declared. `behind`: where the server or the socket comes into sight. */
export type Way = "here" | "behind";

/** Undefined if there may be several variables for one server or socket, or several of those for it. */
export function wayTo(
  module: Module,
  { anchor }: Keeper,
  declaration: ESTree.VariableDeclaration,
): Way | undefined {
  const code = enclosingCode(declaration);
  const isBody = anchor.type === "BlockStatement";
  const around = isBody ? (parentOf(anchor) as CodeNode) : enclosingCode(anchor);
  if (isRepeated(declaration, code) || isRepeated(anchor, around)) return undefined;
  if (!runsOnce(module, around)) return undefined;
  if (code !== around) return code.type === "Program" ? "behind" : undefined;
  if (isBody) return "here";
  if (parentOf(declaration) !== parentOf(anchor)) return undefined;
  return startOf(declaration) > startOf(anchor) ? "here" : "behind";
}

function startOf(node: ESTree.Node): number {
  return node.range?.[0] ?? 0;
}

/** Whether a loop inside of this code runs a part of it. */
function isRepeated(node: ESTree.Node, code: CodeNode): boolean {
  for (let up = parentOf(node); up && up !== code; up = parentOf(up)) {
    if (/^(For|ForIn|ForOf|While|DoWhile)Statement$/.test(up.type)) return true;
  }
  return false;
}

/** Functions that are called for each element of something. */
const REPEATS = /^(forEach|map|flatMap|filter|some|every|find|reduce)$/;

/** Whether code runs once for its server or socket, as far as one sees. */
function runsOnce(module: Module, code: CodeNode): boolean {
  if (code.type === "Program") return true;
  const calls = callsOf(module, code);
  if (calls.length > 1) return false;
  return calls.every((call) => {
    const { callee } = call;
    const isOwn = callee.type !== "MemberExpression" || !REPEATS.test(propertyName(callee) ?? "");
    const around = enclosingCode(call);
    // Where it is called from there may be a loop, too.
    return isOwn && !isRepeated(call, around) && !isCallback(around);
  });
}

/** Calls of a function by its name, or of what is given it in its place. */
function callsOf(module: Module, code: CodeNode): ESTree.SimpleCallExpression[] {
  const up = parentOf(code);
  if (up?.type === "CallExpression") return [up];
  const name = isFunction(code) && code.type !== "ArrowFunctionExpression" ? code.id : undefined;
  const declared = up?.type === "VariableDeclarator" ? up.id : name;
  const variable = declared && module.variableOf(declared);
  return (variable?.references ?? []).flatMap(({ identifier }) => {
    const call = parentOf(identifier as ESTree.Node);
    if (call?.type !== "CallExpression") return [];
    const isRepeating =
      call.callee.type === "MemberExpression" && REPEATS.test(propertyName(call.callee) ?? "");
    return call.callee === identifier || isRepeating ? [call] : [];
  });
}

/** `names.forEach((name) => listen(io.of(name)))` */
function isCallback(code: CodeNode): boolean {
  const call = parentOf(code);
  if (call?.type !== "CallExpression" || call.callee.type !== "MemberExpression") return false;
  return REPEATS.test(propertyName(call.callee) ?? "");
}
