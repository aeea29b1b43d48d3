/** What is another each time it is asked for: chance, and the time. */
import type * as ESTree from "estree";
import { helperOf } from "../../code/helper-packages.ts";
import type { Module } from "../../code/module.ts";
import {
  argumentsOf,
  contains,
  enclosingCode,
  type FunctionNode,
  parentOf,
  propertyName,
  unwrap,
} from "../../code/syntax.ts";
import { ofKind, type Value } from "../../code/value.ts";
import { MUTATORS } from "../../walk/changes.ts";
import type { Flow } from "../../walk/flow.ts";

type Variable = NonNullable<ReturnType<Module["variableOf"]>>;

const OF_CRYPTO =
  /^(randomUUID|randomBytes|randomInt|randomFill(Sync)?|getRandomValues|generateKey(Pair)?(Sync)?|generatePrime(Sync)?)$/;
/** Methods by what they are called on, of what the language and the platforms have. */
const GLOBALS: Readonly<Record<string, RegExp>> = {
  Math: /^random$/,
  crypto: OF_CRYPTO,
};
const TIMES: Readonly<Record<string, RegExp>> = {
  Date: /^now$/,
  performance: /^now$/,
  process: /^(hrtime|uptime)$/,
};
/** Packages that do nothing else. */
const PACKAGES =
  /^(uuid|nanoid|ulid|cuid|shortid|short-uuid|@faker-js\/faker|@paralleldrive\/cuid2|array-shuffle|knuth-shuffle|fisher-yates|crypto-random-string|random-int|randomcolor|random-words|unique-names-generator)$/;
const FILLS = /^(getRandomValues|randomFill(Sync)?)$/;
const OF_HELPERS = /^(shuffle|sample|sampleSize|random)$/;

/** `Math.random()`, `crypto.getRandomValues(bytes)`, `nanoid()`, `_.shuffle(cards)`. */
export function isChance(flow: Flow, module: Module, node: ESTree.Node): boolean {
  if (node.type !== "CallExpression") return false;
  const callee = unwrap(node.callee);
  if (isOfGlobal(module, callee, GLOBALS) || isOfSubtle(callee)) return true;
  return ofKind(flow.evaluator.evaluate(module, callee), "package").some(isOfPackage);
}

/** `Date.now()`, `performance.now()`. */
export function isTime(module: Module, { callee }: ESTree.SimpleCallExpression): boolean {
  return isOfGlobal(module, unwrap(callee), TIMES);
}

function isOfGlobal(
  module: Module,
  callee: ESTree.Node,
  names: Readonly<Record<string, RegExp>>,
): boolean {
  if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier") return false;
  if (module.variableOf(callee.object)) return false;
  return names[callee.object.name]?.test(propertyName(callee) ?? "") ?? false;
}

/** `crypto.subtle.generateKey(…)` */
function isOfSubtle(callee: ESTree.Node): boolean {
  if (callee.type !== "MemberExpression" || propertyName(callee) !== "generateKey") return false;
  return callee.object.type === "MemberExpression" && propertyName(callee.object) === "subtle";
}

function isOfPackage(value: Extract<Value, { kind: "package" }>): boolean {
  const { name, path } = value;
  if (PACKAGES.test(name)) return path.at(-1) !== "validate";
  const helper = helperOf(value);
  if (helper !== undefined) return OF_HELPERS.test(helper);
  return /^(node:)?crypto$/.test(name) && OF_CRYPTO.test(path.at(-1) ?? "");
}

/** What chance a variable's value is changed by where it is made: `crypto.getRandomValues(key)`, `shuffle(deck)`. */
export function chanceThatChanges(
  flow: Flow,
  module: Module,
  variable: Variable,
  code: ESTree.Node,
): string | undefined {
  for (const reference of variable.references) {
    const node = reference.identifier as ESTree.Node;
    const call = callAround(node);
    if (!call || enclosingCode(call) !== code) continue;
    const isGiven = argumentsOf(call).includes(node as ESTree.Expression);
    if (isGiven && fills(call) && isChance(flow, module, call)) {
      return module.source.getText(call.callee);
    }
    const source = isGiven
      ? chanceOfArgument(flow, module, call, node)
      : isMutating(call) && chanceIn(flow, module, call);
    if (source) return source;
  }
  return undefined;
}

/** The call that is given a node, or is made on it. */
function callAround(node: ESTree.Node): ESTree.SimpleCallExpression | undefined {
  const up = parentOf(node);
  if (up?.type === "CallExpression") return up.callee === node ? undefined : up;
  if (up?.type !== "MemberExpression" || up.object !== node) return undefined;
  const call = parentOf(up);
  return call?.type === "CallExpression" && call.callee === up ? call : undefined;
}

/** `crypto.getRandomValues(key)`, `randomFillSync(key)` */
function fills({ callee }: ESTree.SimpleCallExpression): boolean {
  const name = callee.type === "MemberExpression" ? propertyName(callee) : undefined;
  return FILLS.test(name ?? (callee.type === "Identifier" ? callee.name : ""));
}

function isMutating({ callee }: ESTree.SimpleCallExpression): boolean {
  return callee.type === "MemberExpression" && MUTATORS.has(propertyName(callee) ?? "");
}

/** Of a function of the project that changes by chance what it is given. */
function chanceOfArgument(
  flow: Flow,
  module: Module,
  call: ESTree.SimpleCallExpression,
  given: ESTree.Node,
): string | undefined {
  const index = argumentsOf(call).indexOf(given as ESTree.Expression);
  for (const target of ofKind(flow.evaluator.evaluate(module, call.callee), "function")) {
    const parameter = target.node.params[index];
    const variable = parameter && target.module.variableOf(parameter);
    const source = variable && chanceOfChanges(flow, target.module, variable, target.node);
    if (source !== undefined) return source;
  }
  return undefined;
}

/** What chance there is in a function that changes what one of its variables holds. */
export function chanceOfChanges(
  flow: Flow,
  module: Module,
  variable: Variable,
  code: FunctionNode,
): string | undefined {
  const isChanged = variable.references.some(({ identifier }) => {
    return isChangedAt(identifier as ESTree.Node);
  });
  return isChanged && code.body ? chanceIn(flow, module, code.body) : undefined;
}

/** `cards[at] = card`, `[cards[at], cards[other]] = …`, `cards.sort(…)` */
function isChangedAt(node: ESTree.Node): boolean {
  const member = parentOf(node);
  if (member?.type !== "MemberExpression" || member.object !== node) return false;
  const up = parentOf(member);
  if (up?.type === "AssignmentExpression") return up.left === member;
  if (up?.type === "CallExpression") return up.callee === member && isMutating(up);
  return up?.type === "ArrayPattern";
}

/** The chance in a piece of code, functions inside of it included. */
export function chanceIn(flow: Flow, module: Module, code: ESTree.Node): string | undefined {
  let source: string | undefined;
  contains(code, module.keys, (node) => {
    if (isChance(flow, module, node)) source = module.source.getText(node).slice(0, 40);
    return source !== undefined;
  });
  return source;
}
