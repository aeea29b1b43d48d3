// Small changes to TypeScript sources that a good test should notice, found in the syntax tree.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../process.mjs";

const OPERATORS = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "&&": "||",
  "||": "&&",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "+=": "-=",
  "-=": "+=",
  "|": "&",
  "&": "|",
};

/** What is told to people only: no test has to look at it. */
const TOLD = /^(this\.)?[#\w.?]*(log|warn|debug)\w*\??\.?(\.\w+)?\(/i;

/**
 * Every mutant of a file.
 * @param {string} file relative to the checkout
 * @returns {import("./mutant.mjs").Mutant[]}
 */
export function glueMutants(file) {
  return mutantsIn(file, readFileSync(join(ROOT, file), "utf8"));
}

/**
 * The same of a file that holds this text.
 * @param {string} file
 * @param {string} text
 * @returns {import("./mutant.mjs").Mutant[]}
 */
export function mutantsIn(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const mutants = [];
  const visit = (node) => {
    if (runsNothing(node) || TOLD.test(node.getText(source))) return;
    for (const change of changesOf(node, source)) {
      const { start, end, after } = change;
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      mutants.push({ file, line, start, before: text.slice(start, end), after });
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return mutants;
}

function runsNothing(node) {
  return (
    ts.isTypeNode(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isThrowStatement(node)
  );
}

/** What may stand in a node's place. */
function changesOf(node, source) {
  const whole = (after) => ({ start: node.getStart(source), end: node.getEnd(), after });
  const text = (part) => part.getText(source);
  if (ts.isBinaryExpression(node)) {
    const operator = node.operatorToken;
    const other = OPERATORS[text(operator)];
    const start = operator.getStart(source) - node.getStart(source);
    const rest = text(node).slice(start + text(operator).length);
    return other ? [whole(text(node).slice(0, start) + other + rest)] : [];
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [whole("false")];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [whole("true")];
  if (ts.isNumericLiteral(node)) return isOfEnum(node) ? [] : [whole(numberBeside(text(node)))];
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [whole(text(node.operand))];
  if (ts.isIfStatement(node)) return negated(node.expression, source);
  if (ts.isConditionalExpression(node)) return negated(node.condition, source);
  if (ts.isExpressionStatement(node) && isLeftOut(node.expression)) return [whole(";")];
  if (ts.isContinueStatement(node)) return [whole("break;")];
  if (isProcedure(node))
    return [{ start: node.body.getStart(source), end: node.body.getEnd(), after: "{}" }];
  return [];
}

/** None of a condition of which `changesOf` makes the opposite anyway. */
function negated(condition, source) {
  if (ts.isPrefixUnaryExpression(condition)) return [];
  if (ts.isBinaryExpression(condition) && /^[!=]==$/.test(condition.operatorToken.getText(source)))
    return [];
  const after = `!(${condition.getText(source)})`;
  return [{ start: condition.getStart(source), end: condition.getEnd(), after }];
}

const numberBeside = (literal) => (literal === "0" ? "1" : `(${literal} + 1)`);

/** A member of an enumeration, or the length of a tuple. */
const isOfEnum = (node) => ts.isEnumMember(node.parent) || ts.isLiteralTypeNode(node.parent);

/** A call, awaited or not, or an assignment. */
function isLeftOut(expression) {
  if (ts.isAwaitExpression(expression)) return isLeftOut(expression.expression);
  if (ts.isCallExpression(expression))
    return expression.expression.kind !== ts.SyntaxKind.SuperKeyword;
  return (
    ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

/** A function that returns nothing and does something. */
function isProcedure(node) {
  return (
    (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)) &&
    node.type?.kind === ts.SyntaxKind.VoidKeyword &&
    node.body !== undefined &&
    node.body.statements.length > 1
  );
}
