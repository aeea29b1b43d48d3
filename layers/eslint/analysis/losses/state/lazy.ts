/** What is made when it is first needed, and made again after a sleep: no loss. */
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
import { ofKind } from "../../code/value.ts";
import type { Evaluator } from "../../values/evaluator.ts";
import type { Change } from "../../walk/records.ts";
import type { Contexts } from "../../walk/walker.ts";
import { isSameAgain } from "../remade/same-again.ts";

/** Whether all that code does to a place is to fill it once, with what it would get again. */
export function isFilledOnDemand(evaluator: Evaluator, changes: readonly Change[]): boolean {
  const fills = changes.filter((change) => !isReset(change));
  return fills.length > 0 && fills.every((change) => isFill(evaluator, change));
}

/** The classes whose instances such a place holds: they last as long as the place does. */
export function classesMadeOnDemand(evaluator: Evaluator, changes: readonly Change[]) {
  return changes.flatMap(({ module, stored }) =>
    stored.flatMap((value) => ofKind(evaluator.evaluate(module, value), "instance")),
  );
}

/**
 * Whether a place that is called a cache holds what clients have told, and not what can be had again: what is made where it
 * is stored, what an event has brought, what grows.
 */
export function isNoCache(flow: Contexts, changes: readonly Change[]): boolean {
  return changes.some((change) => {
    const { node, stored, how, module } = change;
    if (isReset(change)) return false;
    if (node.type === "UpdateExpression") return true;
    if (node.type === "AssignmentExpression" && !/^(=|\?\?=|\|\|=)$/.test(node.operator))
      return true;
    const value = stored.at(-1);
    // `isCached = true` goes with what it is about.
    if (!value || (how === "assigned" && (isEmpty(value) || value.type === "Literal")))
      return false;
    return isMadeHere(module, value) || isFromEvent(flow, module, value);
  });
}

/** `{}`, `[]`, `new Map()` */
function isEmpty(expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  if (node.type === "ObjectExpression") return node.properties.length === 0;
  if (node.type === "ArrayExpression") return node.elements.length === 0;
  return node.type === "NewExpression" && node.arguments.length === 0;
}

/** `{ score: 0 }`, `true`; not `{ value: await load(), at: Date.now() }`. */
function isMadeHere(module: Module, expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  if (!/^(Object|Array)Expression$|^Literal$/.test(node.type)) return false;
  return !contains(node, module.keys, ({ type }) => /^(Call|Await|New)Expression$/.test(type));
}

/** A parameter of a listener of an event. */
function isFromEvent(flow: Contexts, module: Module, expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  const [definition] = node.type === "Identifier" ? (module.variableOf(node)?.defs ?? []) : [];
  const owner = definition?.type === "Parameter" && (definition.node as ESTree.Node);
  if (!owner || !isFunction(owner)) return false;
  return [...flow.contextsOf(owner)].some((context) => {
    const { node: call } = context;
    const isDirect = call.type === "CallExpression" && call.arguments.includes(owner as never);
    return context.kind === "listener" && context.origin === undefined && isDirect;
  });
}

/** `db = undefined`, `templates.clear()` */
function isReset({ node, stored }: Change): boolean {
  if (node.type === "UnaryExpression") return true;
  if (node.type === "CallExpression") {
    const { callee } = node;
    const name = callee.type === "MemberExpression" ? propertyName(callee) : undefined;
    return name === "clear" || name === "delete";
  }
  const [value] = stored;
  if (node.type !== "AssignmentExpression" || !value) return false;
  return value.type === "Literal" ? value.value === null : isUndefined(value);
}

function isUndefined(node: ESTree.Node): boolean {
  return node.type === "Identifier" && node.name === "undefined";
}

function isFill(evaluator: Evaluator, change: Change): boolean {
  const { module, node } = change;
  const fill = filled(module, node);
  if (!fill) return false;
  const { target, value } = fill;
  if (!isAsked(module, node, target, value)) return false;
  if (fill.key === undefined && isConstant(module, value)) return true;
  return isSameAgain(evaluator, module, valueStored(module, value), fill.key);
}

/** `["be nice"]`: what is written down, and not empty. */
function isConstant(module: Module, expression: ESTree.Node): boolean {
  const node = unwrap(expression);
  if (!/^(Array|Object)Expression$/.test(node.type) || isEmpty(node)) return false;
  return !contains(node, module.keys, (part) => {
    if (part.type === "Identifier") return module.variableOf(part) !== undefined;
    return isFunction(part) || /^(Call|New|Await|This)Expression$/.test(part.type);
  });
}

interface Fill {
  /** The words by which one asks whether it is there: `db`, `templates[name]`, `parsed`. */
  readonly target: string;
  readonly value: ESTree.Node;
  readonly key?: ESTree.Node;
}

function filled(module: Module, node: ESTree.Node): Fill | undefined {
  const text = (part: ESTree.Node) => module.source.getText(part);
  if (node.type === "AssignmentExpression") {
    const left = unwrap(node.left);
    const key = left.type === "MemberExpression" && left.computed ? left.property : undefined;
    return { target: text(left), value: node.right, ...(key && { key }) };
  }
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return undefined;
  const [key, value] = node.arguments;
  if (propertyName(node.callee) !== "set" || !key || !value) return undefined;
  return { target: text(node.callee.object), value, key };
}

/** Whether it is filled only where it is not there yet. */
function isAsked(module: Module, node: ESTree.Node, target: string, value: ESTree.Node): boolean {
  const asks = (test: ESTree.Node | null | undefined): boolean =>
    test !== null && test !== undefined && mentions(module, test, target);
  // `db = db ?? connect()`
  if (value.type === "LogicalExpression" && value.operator !== "&&" && asks(value.left))
    return true;
  if (node.type === "AssignmentExpression" && /^(\?\?|\|\|)=$/.test(node.operator)) return true;
  const code = enclosingCode(node);
  let child = node;
  for (let up = parentOf(node); up && up !== code; child = up, up = parentOf(up)) {
    if (up.type === "LogicalExpression" && up.right === child && asks(up.left)) return true;
    if (up.type !== "IfStatement" && up.type !== "ConditionalExpression") continue;
    if (up.test !== child && asks(up.test)) return true;
  }
  return leavesBefore(module, node, target);
}

/** `if (db) return db;` before it. */
function leavesBefore(module: Module, node: ESTree.Node, target: string): boolean {
  const code = enclosingCode(node);
  if (!isFunction(code) || code.body?.type !== "BlockStatement") return false;
  return code.body.body.some((statement) => {
    if (statement.type !== "IfStatement" || !isBefore(statement, node)) return false;
    const leaves = contains(statement.consequent, module.keys, ({ type }) =>
      ["ReturnStatement", "ThrowStatement"].includes(type),
    );
    return leaves && mentions(module, statement.test, target);
  });
}

function isBefore(one: ESTree.Node, other: ESTree.Node): boolean {
  return (one.range?.[1] ?? 0) <= (other.range?.[0] ?? 0);
}

/** Whether an expression asks for what `target` names, itself or by a variable that got it. */
function mentions(module: Module, test: ESTree.Node, target: string): boolean {
  return contains(test, module.keys, (part) => {
    if (module.source.getText(part) === target) return true;
    if (part.type !== "Identifier") return false;
    const first = module.variableOf(part)?.references.find(({ init }) => init)?.writeExpr;
    return first ? module.source.getText(first).startsWith(`${target}.get(`) : false;
  });
}

/** What is stored, or what the variable that is stored was given last. */
function valueStored(module: Module, stored: ESTree.Node): ESTree.Node {
  const node = unwrap(stored);
  if (node.type === "LogicalExpression") return valueStored(module, node.right);
  if (node.type !== "Identifier") return node;
  const writes = module.variableOf(node)?.references.filter((one) => one.isWrite()) ?? [];
  const last = writes.at(-1)?.writeExpr;
  return last && last !== stored ? unwrap(last) : node;
}
