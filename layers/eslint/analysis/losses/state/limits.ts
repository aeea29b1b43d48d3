/** Locks and limits: what they look like. */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import {
  contains,
  type FunctionNode,
  isFunction,
  parentOf,
  propertyName,
} from "../../code/syntax.ts";
import type { Place } from "../../code/value.ts";
import type { Change } from "../../walk/records.ts";

const LIMIT_NAME =
  /(rate|limit|throttl|attempt|cool_?down|flood|strike|spam|bann?ed|black_?list|block_?list|block(ed)?(ips?|users?)|mutex|lock(s|ed)?$|^locks?|semaphore|in_?progress|is_?(busy|processing|running|locked)|^busy$|^processing$|last_?(message|msg|sent|action|request|event|call|emit)(_?(at|time|ts))?$|(request|message|msg|hit|call|connection)s?_?count|connections_?per|buckets?$|nonce|seen_?(ids?|messages?|nonces?)|dedup)/i;
/** Names that look like a limit and are none. */
const NOT_LIMIT = /(strateg|iterat|generat|delimit|blocks?$|clock|decorat|migrat|operat|separat)/i;

/** Whether a place is a lock or a limit: by its name, or because it turns events away. */
export function isLimit(place: Place, changes: readonly Change[]): boolean {
  const name = place.name.replace(/^this\./, "");
  if (LIMIT_NAME.test(name) && !NOT_LIMIT.test(name)) return true;
  return changes.some((change) => isMutex(change) || isClock(change));
}

/** `if (busy) return; busy = true;` */
function isMutex({ place, node, stored, how }: Change): boolean {
  const [value] = stored;
  if (how !== "assigned" || value?.type !== "Literal" || value.value !== true) return false;
  const { variable } = place;
  if (!variable) return false;
  const falls = variable.references.some(
    ({ writeExpr, init }) => !init && writeExpr?.type === "Literal" && writeExpr.value === false,
  );
  return falls && turnsAway(variable, functionAround(node));
}

function turnsAway(variable: Scope.Variable, code: FunctionNode | undefined): boolean {
  return variable.references.some((reference) => {
    const identifier = reference.identifier as ESTree.Node;
    const test = parentOf(identifier);
    if (test?.type !== "IfStatement" || test.test !== identifier) return false;
    return leaves(test.consequent) && functionAround(test) === code;
  });
}

function leaves(node: ESTree.Node): boolean {
  if (node.type === "ReturnStatement" || node.type === "ThrowStatement") return true;
  return node.type === "BlockStatement" && node.body.some(leaves);
}

/** A time is stored, and the same function compares times and turns away, or says whether to. */
function isClock({ module, node, stored }: Change): boolean {
  const code = functionAround(node);
  if (!code || !stored.some((value) => isNowOrHolds(module.keys, value, code, module)))
    return false;
  const compares = contains(code.body, module.keys, (part) => {
    if (part.type !== "BinaryExpression" || !/^[<>]=?$/.test(part.operator)) return false;
    return isDifferenceOfTimes(part, module.keys);
  });
  return compares && contains(code.body, module.keys, isVerdict);
}

/** `if (…) return;`, `return count <= 10`, `return false`. */
function isVerdict(node: ESTree.Node): boolean {
  if (node.type === "IfStatement") return leaves(node.consequent);
  if (node.type !== "ReturnStatement") return false;
  const { argument } = node;
  if (argument?.type === "Literal") return typeof argument.value === "boolean";
  return argument?.type === "BinaryExpression" && /^[<>]=?$/.test(argument.operator);
}

function isNowOrHolds(
  keys: Change["module"]["keys"],
  value: ESTree.Node,
  code: FunctionNode,
  module: Change["module"],
): boolean {
  return contains(value, keys, (inner) => {
    if (isNow(inner)) return true;
    if (inner.type !== "Identifier") return false;
    const variable = module.variableOf(inner);
    if (!variable || functionAround(variable.identifiers[0] as ESTree.Node) !== code) return false;
    return variable.references.some(({ init, writeExpr }) => init && writeExpr && isNow(writeExpr));
  });
}

function isDifferenceOfTimes(node: ESTree.Node, keys: Change["module"]["keys"]): boolean {
  return contains(
    node,
    keys,
    (part) => (part.type === "BinaryExpression" && part.operator === "-") || isNow(part),
  );
}

function isNow(node: ESTree.Node): boolean {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  const { object } = node.callee;
  if (object.type !== "Identifier" || !/^(Date|performance)$/.test(object.name)) return false;
  return propertyName(node.callee) === "now";
}

function functionAround(node: ESTree.Node): FunctionNode | undefined {
  for (let up = parentOf(node); up; up = parentOf(up)) if (isFunction(up)) return up;
  return undefined;
}
