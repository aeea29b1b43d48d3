/** What the analysis asks of a syntax tree, in JavaScript and TypeScript alike. */
import type * as ESTree from "estree";

export type FunctionNode =
  | ESTree.FunctionDeclaration
  | ESTree.FunctionExpression
  | ESTree.ArrowFunctionExpression;

export type ClassNode = ESTree.ClassDeclaration | ESTree.ClassExpression;

/** What holds code that runs at one time: a function, or a module's top level. */
export type CodeNode = FunctionNode | ESTree.Program;

/** A node of TypeScript's, which ESTree's types do not know. */
export interface TypeNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

const TYPE_WRAPPERS = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
  "ChainExpression",
  "ParenthesizedExpression",
]);

/** ESLint sets it before any rule runs. */
export function parentOf(node: ESTree.Node): ESTree.Node | undefined {
  return (node as { parent?: ESTree.Node }).parent ?? undefined;
}

/** Whether a node is, or is in, another one of the same file. */
export function isWithin(node: ESTree.Node, outer: ESTree.Node): boolean {
  const [start = 0, end = 0] = node.range ?? [];
  const [from = 0, to = 0] = outer.range ?? [];
  return from <= start && end <= to;
}

/** The expression inside of type assertions, optional chains and parentheses. */
export function unwrap(node: ESTree.Node): ESTree.Node {
  let inner = node;
  while (TYPE_WRAPPERS.has(inner.type)) {
    inner = (inner as unknown as { expression: ESTree.Node }).expression;
  }
  return inner;
}

/** The outermost wrapper of an expression: what its surroundings see. */
export function wrapped(node: ESTree.Node): ESTree.Node {
  let outer = node;
  for (let up = parentOf(outer); up && TYPE_WRAPPERS.has(up.type); up = parentOf(outer)) outer = up;
  return outer;
}

export function isFunction(node: ESTree.Node): node is FunctionNode {
  return (
    node.type === "FunctionDeclaration" ||
    node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression"
  );
}

export function isClass(node: ESTree.Node): node is ClassNode {
  return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}

/** The function, or the module, in which a node's code runs. */
export function enclosingCode(node: ESTree.Node): CodeNode {
  let up = parentOf(node);
  while (up && !isFunction(up) && up.type !== "Program") up = parentOf(up);
  return (up ?? node) as CodeNode;
}

/** Whether `this` is the class itself: in its static methods and fields. */
export function isStaticCode(node: ESTree.Node): boolean {
  let child = node;
  for (let up = parentOf(node); up; child = up, up = parentOf(up)) {
    if (up.type !== "ClassBody") continue;
    return child.type === "StaticBlock" || (child as { static?: boolean }).static === true;
  }
  return false;
}

/** The function whose `this` a node sees, if it is not a module's. */
export function functionOfThis(node: ESTree.Node): FunctionNode | undefined {
  let up = parentOf(node);
  while (up && (!isFunction(up) || up.type === "ArrowFunctionExpression")) {
    if (isClass(up)) return undefined;
    up = parentOf(up);
  }
  return up && isFunction(up) ? up : undefined;
}

/** The outermost pattern around a name, and the way from it to the name; undefined steps are places in lists. */
interface Taken {
  readonly pattern: ESTree.Node;
  readonly steps: readonly (string | undefined)[];
}

/** What a name is taken out of: `const { a: [name] } = …`. Undefined of what is left over: `...name`. */
export function takenFrom(name: ESTree.Node): Taken | undefined {
  const steps: (string | undefined)[] = [];
  let pattern = name;
  for (let up = parentOf(pattern); up; up = parentOf(pattern)) {
    if (up.type === "Property" && parentOf(up)?.type === "ObjectPattern") {
      steps.unshift(propertyName(up));
      pattern = parentOf(up) as ESTree.Node;
    } else if (up.type === "ArrayPattern") {
      steps.unshift(undefined);
      pattern = up;
    } else if (up.type === "AssignmentPattern" && up.left === pattern) pattern = up;
    else if (up.type === "RestElement") return undefined;
    else break;
  }
  return { pattern, steps };
}

/** The name of a property where it is written down: `a.b`, `a["b"]`, `{ b: … }`. */
export function propertyName(
  node:
    | ESTree.MemberExpression
    | ESTree.Property
    | ESTree.MethodDefinition
    | ESTree.PropertyDefinition
    | TypeNode,
): string | undefined {
  const key = ("property" in node ? node.property : (node as { key?: unknown }).key) as ESTree.Node;
  if (!key) return undefined;
  if (key.type === "PrivateIdentifier") return `#${key.name}`;
  if (key.type === "Identifier" && !(node as { computed?: boolean }).computed) return key.name;
  return textOf(key);
}

/** A string literal's or a plain template's text. */
export function textOf(node: ESTree.Node | undefined | null): string | undefined {
  if (!node) return undefined;
  const inner = unwrap(node);
  if (inner.type === "Literal" && typeof inner.value === "string") return inner.value;
  if (inner.type !== "TemplateLiteral") return undefined;
  return inner.quasis.map((part) => part.value.cooked ?? "").join("…");
}

/** A number's literal value, also of simple sums and products: `30 * 1000`, `-1`. */
export function numberOf(node: ESTree.Node | undefined): number | undefined {
  if (!node) return undefined;
  const inner = unwrap(node);
  if (inner.type === "Literal") return typeof inner.value === "number" ? inner.value : undefined;
  if (inner.type !== "BinaryExpression") return undefined;
  const [left, right] = [numberOf(inner.left), numberOf(inner.right)];
  if (left === undefined || right === undefined) return undefined;
  if (inner.operator === "*") return left * right;
  return inner.operator === "+" ? left + right : undefined;
}

/** The arguments of a call without spreads. */
export function argumentsOf(call: ESTree.SimpleCallExpression | ESTree.NewExpression) {
  return call.arguments.filter((arg): arg is ESTree.Expression => arg.type !== "SpreadElement");
}

/** What a collection that is written down holds, in lists of lists and in maps of them, too. */
export function elementsOf(node: ESTree.Node): ESTree.Node[] {
  const value = unwrap(node);
  const inside = (part: ESTree.Node | null) =>
    part && part.type !== "SpreadElement" ? [part, ...elementsOf(part)] : [];
  if (value.type === "ArrayExpression") return value.elements.flatMap(inside);
  if (value.type === "ObjectExpression") {
    return value.properties.flatMap((property) =>
      property.type === "Property" ? inside(property.value) : [],
    );
  }
  if (value.type !== "NewExpression" || value.callee.type !== "Identifier") return [];
  const [first] = argumentsOf(value);
  return first && /^(Map|Set)$/.test(value.callee.name) ? elementsOf(first) : [];
}

/** Whether somebody waits for the promise that an expression gives. */
export function isWaitedFor(expression: ESTree.Node): boolean {
  const outer = wrapped(expression);
  const up = parentOf(outer);
  if (!up) return false;
  switch (up.type) {
    case "AwaitExpression":
    case "ReturnStatement":
      return true;
    case "ArrowFunctionExpression":
      return up.body === outer;
    case "MemberExpression": {
      const call = parentOf(wrapped(up));
      return call?.type === "CallExpression" && isWaitedFor(call);
    }
    case "ArrayExpression":
    case "CallExpression":
      return up.type === "CallExpression" ? isPromiseCombinator(up) : isWaitedForList(up);
    default:
      return false;
  }
}

function isWaitedForList(list: ESTree.Node): boolean {
  const call = parentOf(list);
  return call?.type === "CallExpression" && isPromiseCombinator(call);
}

function isPromiseCombinator(call: ESTree.SimpleCallExpression): boolean {
  const { callee } = call;
  const isOne =
    callee.type === "MemberExpression" &&
    callee.object.type === "Identifier" &&
    callee.object.name === "Promise";
  return isOne && isWaitedFor(call);
}

/** All nodes below one, itself first, in the order of the source. `enter` may say not to go deeper. */
export function visit(
  node: ESTree.Node,
  keys: Record<string, readonly string[]>,
  enter: (node: ESTree.Node) => boolean,
): void {
  if (!enter(node)) return;
  for (const key of keys[node.type] ?? []) {
    const below = (node as unknown as Record<string, unknown>)[key];
    for (const child of Array.isArray(below) ? below : [below]) {
      if (child && typeof child.type === "string") visit(child, keys, enter);
    }
  }
}

/** Whether some node below one, itself included, is as wanted. Functions are looked into, too. */
export function contains(
  node: ESTree.Node,
  keys: Record<string, readonly string[]>,
  isWanted: (node: ESTree.Node) => boolean,
): boolean {
  let found = false;
  visit(node, keys, (inner) => {
    found ||= isWanted(inner);
    return !found;
  });
  return found;
}

/** What a function's body returns, without the functions in it. */
export function returnsOf(
  body: ESTree.BlockStatement,
  keys: Record<string, readonly string[]>,
): ESTree.Expression[] {
  const found: ESTree.Expression[] = [];
  visit(body, keys, (node) => {
    if (node.type === "ReturnStatement" && node.argument) found.push(node.argument);
    return !isFunction(node);
  });
  return found;
}

/** The part of a function behind its first `await` that ends after an offset, as the offset where that ends. */
export function firstAwaitEnd(
  node: FunctionNode,
  keys: Record<string, readonly string[]>,
  from = 0,
): number | undefined {
  let end: number | undefined;
  visit(node.body, keys, (inner) => {
    if (end !== undefined || isFunction(inner)) return false;
    const isAwait =
      inner.type === "AwaitExpression" || (inner.type === "ForOfStatement" && inner.await);
    if (isAwait && (inner.range?.[1] ?? 0) > from) end = inner.range?.[1];
    return end === undefined;
  });
  return end;
}
