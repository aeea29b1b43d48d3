/** What the code of a class writes to its fields. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { type ClassNode, type FunctionNode, isClass, propertyName, visit } from "../code/syntax.ts";

/** An assignment to a field, or a parameter of a constructor that is one. */
export interface Write {
  readonly name: string;
  readonly isStatic: boolean;
  /** Whether it is made with the instance. */
  readonly isMade: boolean;
  readonly node: ESTree.Node;
  /** What is there from then on; undefined where that is computed: `this.x += 1`. */
  readonly value: ESTree.Node | undefined;
}

/** What a class writes to its fields, the constructor's first. */
export function writesIn(module: Module, owner: ClassNode): Write[] {
  const made: Write[] = [];
  const later: Write[] = [];
  for (const element of owner.body.body) {
    const isMethod = element.type === "MethodDefinition";
    if (!isMethod && element.type !== "PropertyDefinition") continue;
    if (!element.value) continue;
    const isMaker = isMethod && element.kind === "constructor";
    if (isMaker) made.push(...writtenParameters(element.value));
    visit(element.value, module.keys, (node) => {
      if (isClass(node)) return false;
      const write = writeOf(module, owner, node, { isStaticCode: element.static, isMade: isMaker });
      if (write) (isMaker ? made : later).push(write);
      return true;
    });
  }
  return [...made, ...later];
}

function writtenParameters(maker: FunctionNode): Write[] {
  return (maker.params as ESTree.Node[]).flatMap((parameter) => {
    const { type, parameter: inner } = parameter as unknown as {
      type: string;
      parameter: ESTree.Node;
    };
    if (type !== "TSParameterProperty") return [];
    const node = inner.type === "AssignmentPattern" ? inner.left : inner;
    return node.type === "Identifier"
      ? [{ name: node.name, isStatic: false, isMade: true, node, value: node }]
      : [];
  });
}

function writeOf(
  module: Module,
  owner: ClassNode,
  node: ESTree.Node,
  { isStaticCode, isMade }: { isStaticCode: boolean; isMade: boolean },
): Write | undefined {
  if (node.type !== "AssignmentExpression" || node.left.type !== "MemberExpression")
    return undefined;
  const { left, right } = node;
  const name = propertyName(left);
  if (name === undefined) return undefined;
  const self = thisBehind(module, left.object);
  const isThis = self !== undefined && module.classOfThis(self) === owner;
  const isOwnName =
    left.object.type === "Identifier" &&
    owner.id !== null &&
    left.object.name === owner.id?.name &&
    module.variableOf(left.object) !== undefined;
  if (!isThis && !isOwnName) return undefined;
  const value = /^(=|\?\?=|\|\|=|&&=)$/.test(node.operator) ? right : undefined;
  return { name, isStatic: isOwnName || isStaticCode, isMade, node: left, value };
}

/** `this`, and `self` of `const self = this`. */
function thisBehind(module: Module, node: ESTree.Node): ESTree.Node | undefined {
  if (node.type !== "Identifier") return node.type === "ThisExpression" ? node : undefined;
  const value = module.firstValueOf(node);
  return value?.type === "ThisExpression" ? value : undefined;
}
