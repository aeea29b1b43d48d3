/** `if (!isWarned) { isWarned = true; console.warn("…"); }`: what is forgotten is written to the log once more. */
import type * as ESTree from "estree";
import { parentOf, unwrap } from "../../code/syntax.ts";
import type { Place } from "../../code/value.ts";

const LOG = /^(console|log|logger|logging|winston|pino)$/;

/** Whether a variable is asked only before it is set, and something is logged. */
export function isOfLog({ variable }: Place): boolean {
  const reads = variable?.references.filter((reference) => reference.isRead()) ?? [];
  return (
    reads.length > 0 && reads.every(({ identifier }) => isAskedToLog(identifier as ESTree.Node))
  );
}

function isAskedToLog(flag: ESTree.Node): boolean {
  const not = parentOf(flag);
  const asks = not?.type === "UnaryExpression" && not.operator === "!" ? parentOf(not) : undefined;
  if (asks?.type !== "IfStatement" || asks.test !== not || asks.alternate) return false;
  const { consequent } = asks;
  const statements = consequent.type === "BlockStatement" ? consequent.body : [consequent];
  return statements.every((statement) => {
    if (statement.type !== "ExpressionStatement") return false;
    const expression = unwrap(statement.expression);
    return isSetting(expression, flag) || isLogging(expression);
  });
}

function isSetting(expression: ESTree.Node, flag: ESTree.Node): boolean {
  if (expression.type !== "AssignmentExpression") return false;
  const { left, right } = expression;
  const isFlag = left.type === "Identifier" && left.name === (flag as ESTree.Identifier).name;
  return isFlag && right.type === "Literal";
}

/** `console.warn(…)`, `this.logger.warn(…)` */
function isLogging(expression: ESTree.Node): boolean {
  if (expression.type !== "CallExpression" || expression.callee.type !== "MemberExpression") {
    return false;
  }
  const owner = unwrap(expression.callee.object);
  const name = owner.type === "MemberExpression" ? owner.property : owner;
  return name.type === "Identifier" && LOG.test(name.name);
}
