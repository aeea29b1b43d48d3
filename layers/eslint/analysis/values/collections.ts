/** What is a collection, or an object, that code makes in memory: by its first value, or by its type. */
import type * as ESTree from "estree";
import { helperOf, makesCollection } from "../code/helper-packages.ts";
import { initialValues } from "../code/initial-values.ts";
import { type Module, writtenName } from "../code/module.ts";
import { makesInMemory } from "../code/packages.ts";
import { propertyName, type TypeNode, unwrap } from "../code/syntax.ts";
import { ofKind, type Place } from "../code/value.ts";
import { isIterator } from "./built-ins.ts";
import type { Evaluator } from "./evaluator.ts";
import { isDataFile } from "./imports.ts";

const COLLECTIONS = /^(Map|Set|WeakMap|WeakSet|Array|Record|\w+Array|ReadonlyMap|Partial)$/;

/** Whether a place holds a collection or an object made here, by its first value or its type. */
export function isCollection(evaluator: Evaluator, place: Place): boolean {
  if (hasCollectionType(place) || place.variable?.defs[0]?.type === "ImportBinding") return true;
  return initialValues(place).some((value) => isCollectionValue(evaluator, place.module, value));
}

/** The name of a file of data, which is an object of the project's that anybody may change. */
function isFile(name: ESTree.Node | undefined): boolean {
  return name !== undefined && isDataFile(writtenName(name) ?? "");
}

function hasCollectionType({ declaration }: Place): boolean {
  const { typeAnnotation } = declaration as unknown as TypeNode;
  const type = (typeAnnotation as TypeNode | undefined)?.typeAnnotation as TypeNode | undefined;
  if (!type) return false;
  if (["TSArrayType", "TSTupleType", "TSTypeLiteral"].includes(type.type)) return true;
  const name = (type.typeName as { name?: string } | undefined)?.name;
  return type.type === "TSTypeReference" && COLLECTIONS.test(name ?? "");
}

export function isCollectionValue(
  evaluator: Evaluator,
  module: Module,
  node: ESTree.Node,
): boolean {
  const value = unwrap(node);
  switch (value.type) {
    case "ArrayExpression":
    case "ObjectExpression":
      return true;
    case "NewExpression":
      if (value.callee.type === "Identifier" && COLLECTIONS.test(value.callee.name)) return true;
      return isOfPackage(evaluator, module, value);
    case "CallExpression":
      return isCollectionCall(evaluator, module, value);
    default:
      return false;
  }
}

/** `new LRUCache()`: of packages that keep in memory what they are given. */
function isOfPackage(evaluator: Evaluator, module: Module, node: ESTree.NewExpression): boolean {
  const makers = ofKind(evaluator.evaluate(module, node.callee), "package");
  return makers.some((maker) => makesInMemory(maker, node.arguments));
}

/** Whether a place holds such a collection, whose methods have names of their own. */
export function isPackagesCollection(evaluator: Evaluator, place: Place): boolean {
  return initialValues(place).some((value) => {
    const node = unwrap(value);
    return node.type === "NewExpression" && isOfPackage(evaluator, place.module, node);
  });
}

/** Methods that give a list, whatever they are called on: `"A K Q J".split(" ")`. */
const GIVES_LIST = /^(split|slice|filter|flatMap|toSorted|toReversed|toSpliced)$/;

function isCollectionCall(
  evaluator: Evaluator,
  module: Module,
  call: ESTree.SimpleCallExpression,
): boolean {
  const { callee } = call;
  if (callee.type === "Identifier" && /^(Array|structuredClone)$/.test(callee.name)) return true;
  if (isFile(module.loadedBy(call))) return true;
  const callees = evaluator.evaluate(module, callee);
  const helpers = ofKind(callees, "package").map(helperOf);
  if (helpers.some((name) => name !== undefined && makesCollection(name))) return true;
  if (callee.type === "MemberExpression") {
    const { object } = callee;
    if (object.type === "Identifier" && /^(Array|Object|JSON)$/.test(object.name)) return true;
    if (GIVES_LIST.test(propertyName(callee) ?? "")) return true;
    // `Array(9).fill(null)`, `new Array(9).fill(null)`, `[…].map(…)`.
    return isCollectionValue(evaluator, module, object);
  }
  const functions = ofKind(callees, "function");
  return functions.some(({ module: home, node }) =>
    evaluator.returnsOf(home, node).some((value) => isCollectionValue(evaluator, home, value)),
  );
}

/** `const ids = numbers()`, of `function* numbers()`; `const words = list.values()`. */
export function isGenerator(evaluator: Evaluator, place: Place): boolean {
  return initialValues(place).some(
    (value) => isIterator(value) || isOfGenerator(evaluator, place.module, value),
  );
}

function isOfGenerator(evaluator: Evaluator, module: Module, made: ESTree.Node): boolean {
  const call = unwrap(made);
  if (call.type !== "CallExpression") return false;
  const makers = ofKind(evaluator.evaluate(module, call.callee), "function");
  return makers.some(({ node }) => node.type !== "ArrowFunctionExpression" && node.generator);
}

/** Whether what is made goes on with each `next()` where the last has stopped: a generator, a collection's iterator. */
export function goesOn(evaluator: Evaluator, module: Module, made: ESTree.Node): boolean {
  if (isOfGenerator(evaluator, module, made)) return true;
  const call = unwrap(made);
  if (!isIterator(call) || call.type !== "CallExpression" || call.arguments.length > 0)
    return false;
  const callee = unwrap(call.callee);
  if (callee.type !== "MemberExpression") return false;
  // A class of the project's, or a package, may give a list under that name.
  const isOthers = evaluator
    .evaluate(module, callee.object)
    .some(({ kind }) => kind === "package" || kind === "outside" || kind === "instance");
  return !isOthers;
}
