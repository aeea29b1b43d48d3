/** What a variable's declaration says of its type, for where `data` says nothing. */
import type * as ESTree from "estree";
import type { Module } from "../analysis/code/module.ts";
import {
  enclosingCode,
  isFunction,
  parentOf,
  type TypeNode,
  unwrap,
  wrapped,
} from "../analysis/code/syntax.ts";

/** The type as it is written down, or as simple first values have it; never null or undefined. */
export function writtenType(
  module: Module,
  id: ESTree.Pattern,
  init: ESTree.Expression | null | undefined,
): string | undefined {
  const { typeAnnotation } = id as unknown as TypeNode;
  const annotation = (typeAnnotation as TypeNode | undefined)?.typeAnnotation as
    | TypeNode
    | undefined;
  if (annotation) return withoutNothing(module, annotation);
  return init ? typeOf(module, init) : undefined;
}

/** `Game | null` as `Game`: what a condition has made sure of, a cast does not know. */
function withoutNothing(module: Module, type: TypeNode): string {
  const text = (node: TypeNode) => module.source.getText(node as unknown as ESTree.Node);
  if (type.type !== "TSUnionType") return text(type);
  const parts = (type.types as TypeNode[]).filter(({ type: kind }) => !NOTHING.test(kind));
  return parts.map(text).join(" | ");
}

const NOTHING = /^TS(Null|Undefined)Keyword$/;

function typeOf(module: Module, init: ESTree.Node): string | undefined {
  const value = unwrap(init);
  switch (value.type) {
    case "Literal":
      return value.value === null ? undefined : typeof value.value;
    case "TemplateLiteral":
      return "string";
    case "ArrayExpression": {
      const [first] = value.elements;
      const type = first ? typeOf(module, first) : "any";
      return type && `${type}[]`;
    }
    case "NewExpression": {
      const { typeArguments } = value as unknown as { typeArguments?: ESTree.Node };
      const name = module.source.getText(value.callee);
      return name === "Date" || typeArguments
        ? name + (typeArguments ? module.source.getText(typeArguments) : "")
        : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether callbacks get their parameters' types by way of this use of a variable. */
export function wantsType(module: Module, use: ESTree.Node): boolean {
  if (!/\.[cm]?tsx?$/.test(module.path)) return false;
  let node = wrapped(use);
  for (let up = parentOf(node); up; up = parentOf(node)) {
    switch (up.type) {
      case "MemberExpression":
        if (up.object !== node) return false;
        break;
      case "NewExpression":
      case "CallExpression":
        if (up.callee !== node) return isGeneric(up.callee);
        if (up.arguments.some(isUntypedCallback)) return true;
        break;
      case "LogicalExpression":
      case "ConditionalExpression":
      case "AwaitExpression":
        break;
      case "VariableDeclarator":
        return up.init === node && !isTyped(up.id);
      case "ForOfStatement":
        return up.right === node;
      case "ReturnStatement":
        return !isCallback(enclosingCode(up));
      case "ArrowFunctionExpression":
        return !isCallback(up);
      default:
        return false;
    }
    node = wrapped(up);
  }
  return false;
}

/** Functions that make values of no known type of what has none. */
function isGeneric(callee: ESTree.Node): boolean {
  const name = callee.type === "MemberExpression" ? callee.object : callee;
  return name.type === "Identifier" && /^(Object|Array|Map|Set|structuredClone)$/.test(name.name);
}

function isUntypedCallback(node: ESTree.Node): boolean {
  return isFunction(node) && node.params.some((parameter) => !isTyped(parameter));
}

/** What a callback gives, nobody names. */
function isCallback(code: ESTree.Node): boolean {
  return parentOf(wrapped(code))?.type === "CallExpression";
}

function isTyped(pattern: ESTree.Node): boolean {
  return (pattern as unknown as TypeNode).typeAnnotation !== undefined;
}
