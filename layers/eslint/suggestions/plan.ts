/** Whether a variable can be moved, and what would have to be rewritten. */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "../analysis/code/module.ts";
import {
  contains,
  enclosingCode,
  isClass,
  isFunction,
  parentOf,
  unwrap,
} from "../analysis/code/syntax.ts";
import type { Finding } from "../analysis/losses/finding.ts";
import type { Keeper } from "../analysis/losses/state/keepers.ts";
import { isFree } from "./names.ts";
import { type Way, wayTo } from "./place.ts";
import { wantsType, writtenType } from "./types.ts";

/** A variable that can be moved, with everything that has to be rewritten. */
export interface Move {
  readonly module: Module;
  /** What is taken away; the others of its declaration stay. */
  readonly declarator: ESTree.VariableDeclarator;
  readonly declaration: ESTree.VariableDeclaration;
  readonly init: ESTree.Expression | null | undefined;
  readonly uses: readonly ESTree.Identifier[];
  readonly keeper: Keeper;
  readonly way: Way;
  /** `io.data.count` */
  readonly kept: string;
  /** The variable's type as the code says it; undefined in JavaScript. */
  readonly type: string | undefined;
}

export function planMove({ place, module, flow }: Finding, keeper: Keeper): Move | undefined {
  const variable = place?.variable;
  const [def, ...others] = variable?.defs ?? [];
  if (!flow || !variable || def?.type !== "Variable" || others.length > 0) return undefined;
  const declarator: ESTree.VariableDeclarator = def.node;
  const { id, init } = declarator;
  const declaration = def.parent as ESTree.VariableDeclaration;
  const isSimple = id.type === "Identifier" && isStatement(declaration);
  if (!isSimple || module.isExported(variable)) return undefined;
  const way = wayTo(module, keeper, declaration);
  if (!way || (init && !isPlain(module, init, keeper))) return undefined;
  if (init && namesAnyOf(module, init, declaration)) return undefined;
  const references = variable.references.filter((reference) => !reference.init);
  if (!references.every((reference) => canRewrite(reference, keeper))) return undefined;
  if (!isFree(flow, keeper, variable.name)) return undefined;
  const uses = references.map(({ identifier }) => identifier as ESTree.Identifier);
  if (way === "behind" && uses.some((use) => isBeforeKeeper(use, keeper))) return undefined;
  const type = writtenType(module, id, init);
  // Without a type nobody could say what callbacks are given.
  if (type === undefined && uses.some((use) => wantsType(module, use))) return undefined;
  const kept = `${keeper.name}.data.${variable.name}`;
  return { module, declarator, declaration, init, uses, keeper, way, kept, type };
}

function isStatement(declaration: ESTree.Node): boolean {
  const up = parentOf(declaration);
  return up?.type === "Program" || up?.type === "BlockStatement";
}

/** Whether a first value is made of another of the same declaration, before which it would be written. */
function namesAnyOf(
  module: Module,
  init: ESTree.Node,
  { declarations }: ESTree.VariableDeclaration,
): boolean {
  return contains(init, module.keys, (node) => {
    const [def] = node.type === "Identifier" ? (module.variableOf(node)?.defs ?? []) : [];
    return def?.type === "Variable" && declarations.includes(def.node);
  });
}

/** Whether a use runs before there is a server: `const users = [], first = users[0], io = new Server()`. */
function isBeforeKeeper(use: ESTree.Node, { anchor }: Keeper): boolean {
  const isSameCode = enclosingCode(use) === enclosingCode(anchor);
  const isDeclared = anchor.type === "VariableDeclaration";
  return isDeclared && isSameCode && (use.range?.[0] ?? 0) < (anchor.range?.[1] ?? 0);
}

const COPIED = /^(Map|Set|Date|Array)$/;

/** Whether a first value can be copied, and means the same where it will be written. */
function isPlain(module: Module, init: ESTree.Node, keeper: Keeper): boolean {
  return !contains(init, module.keys, (node) => {
    if (isFunction(node) || isClass(node)) return true;
    if (node.type === "NewExpression") {
      const { callee } = node;
      return callee.type !== "Identifier" || !COPIED.test(callee.name);
    }
    if (node.type === "CallExpression") return !isArrayOf(node);
    if (node.type === "Identifier") return !isConstant(module, node, keeper);
    return ["AwaitExpression", "ThisExpression", "YieldExpression"].includes(node.type);
  });
}

/** A name that nobody gives another value, of something that is no other variable's object. */
function isConstant(module: Module, node: ESTree.Identifier, keeper: Keeper): boolean {
  const variable = module.variableOf(node);
  if (!variable || variable === keeper.variable) return true;
  const [def] = variable.defs;
  if (def?.type === "Parameter") return false;
  const isLiteral = variable.references.every((reference) => {
    if (!reference.isWrite()) return true;
    const value = reference.writeExpr && unwrap(reference.writeExpr);
    return reference.init === true && value?.type === "Literal";
  });
  const isType = def?.type !== "Variable" && def?.type !== "ImportBinding";
  return isType || (isLiteral && seenFrom(keeper, variable));
}

/** Whether a name means this variable where the keeper is. */
function seenFrom(keeper: Keeper, variable: Scope.Variable): boolean {
  return visible(keeper.variable.scope, variable.name) === variable;
}

/** `Array(9)`, `Array(9).fill(null)`, `new Array(9).fill(0)`. */
function isArrayOf({ callee }: ESTree.SimpleCallExpression): boolean {
  if (callee.type === "Identifier") return callee.name === "Array";
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return false;
  if (callee.property.name !== "fill") return false;
  const array = unwrap(callee.object);
  const isCall = array.type === "CallExpression" || array.type === "NewExpression";
  return isCall && array.callee.type === "Identifier" && array.callee.name === "Array";
}

function canRewrite(reference: Scope.Reference, keeper: Keeper): boolean {
  const { identifier, from } = reference;
  if (identifier.type !== "Identifier" || isType(reference)) return false;
  // `{ count } = …` has no room for another name.
  const up = parentOf(identifier as ESTree.Identifier);
  const isPattern = up?.type === "Property" && parentOf(up)?.type === "ObjectPattern";
  return !isPattern && visible(from, keeper.name) === keeper.variable;
}

/** `typeof count` as a type. */
function isType(reference: Scope.Reference): boolean {
  return (reference as { isTypeReference?: boolean }).isTypeReference === true;
}

function visible(from: Scope.Scope, name: string): Scope.Variable | undefined {
  for (let scope: Scope.Scope | null = from; scope; scope = scope.upper) {
    const variable = scope.set.get(name);
    if (variable) return variable;
  }
  return undefined;
}
