/** Regular expressions with the flag `g` or `y`, which remember where their last match has ended: `lastIndex`. */
import type * as ESTree from "estree";
import { initialValues } from "../code/initial-values.ts";
import { parentOf, propertyName, textOf, unwrap, wrapped } from "../code/syntax.ts";
import type { Place } from "../code/value.ts";

/** What goes on from there; `replace`, `match` and `split` begin at the beginning. */
const GOES_ON = /^(test|exec)$/;

/** Whether a place holds such an expression. */
export function remembersMatch(place: Place): boolean {
  return initialValues(place).some((value) => /[gy]/.test(flagsOf(unwrap(value)) ?? ""));
}

function flagsOf(node: ESTree.Node): string | undefined {
  if (node.type === "Literal") return "regex" in node ? node.regex.flags : undefined;
  if (node.type !== "NewExpression" && node.type !== "CallExpression") return undefined;
  const isOne = node.callee.type === "Identifier" && node.callee.name === "RegExp";
  const flags = isOne ? node.arguments[1] : undefined;
  return flags && textOf(flags);
}

/** Whether a call leaves such an expression in the middle of a text, where the next one goes on. */
export function leavesMatch(
  place: Place,
  method: string,
  call: ESTree.SimpleCallExpression,
): boolean {
  return GOES_ON.test(method) && remembersMatch(place) && !isRepeated(call) && !isSet(place);
}

/** `while ((found = WORD.exec(text)) !== null)`: it ends with no match, at the beginning. */
function isRepeated(call: ESTree.Node): boolean {
  let node = wrapped(call);
  for (let up = parentOf(node); up; up = parentOf(up)) {
    if (/^(While|DoWhile|For)Statement$/.test(up.type))
      return (up as { test?: unknown }).test === node;
    if (!/^(Assignment|Binary|Logical|Unary)Expression$|^TS/.test(up.type)) return false;
    node = up;
  }
  return false;
}

/** `BAD.lastIndex = 0`: somebody has thought of it. */
function isSet({ variable }: Place): boolean {
  return (variable?.references ?? []).some(({ identifier }) => {
    const member = parentOf(identifier as ESTree.Node);
    return member?.type === "MemberExpression" && propertyName(member) === "lastIndex";
  });
}
