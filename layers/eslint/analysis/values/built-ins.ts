/** What the language's and the platform's own objects are changed by, other than collections. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { argumentsOf, propertyName, unwrap } from "../code/syntax.ts";

/** Methods by the class that `new` makes. */
const CHANGES: Record<string, RegExp> = {
  AbortController: /^abort$/,
  DataView: /^set/,
  Date: /^set/,
  FormData: /^(append|set|delete)$/,
  Headers: /^(append|set|delete)$/,
  URLSearchParams: /^(append|set|delete|sort)$/,
};

const CHANGES_BUFFER = /^(write|fill$|set$|swap\d|reverse$|sort$|copyWithin$)/;

/** Functions that change what they are given first. */
const CHANGE_FIRST: Record<string, RegExp> = {
  Object: /^(assign|definePropert(y|ies)|setPrototypeOf)$/,
  Reflect: /^(set|defineProperty|deleteProperty|setPrototypeOf)$/,
  Atomics: /^(add|and|compareExchange|exchange|or|store|sub|xor)$/,
};

/** Of built-in classes, and arrays: `Array.prototype.push`, `[].push`. */
const PROTOTYPES = /^(Array|Map|Set|WeakMap|WeakSet)$/;
const ITERATES = /^(entries|keys|values)$/;

/** Whether a method changes what `new` has made. */
export function changesItself(
  module: Module,
  made: ESTree.Node,
  method: string,
  call: ESTree.SimpleCallExpression,
): boolean {
  const value = unwrap(made);
  if (isBuffer(module, value)) return CHANGES_BUFFER.test(method);
  if (value.type !== "NewExpression" || value.callee.type !== "Identifier") return false;
  const { name } = value.callee;
  if (module.variableOf(value.callee)) return false;
  // It remembers the half of a character.
  if (name === "TextDecoder") return method === "decode" && isStreaming(call);
  return CHANGES[name]?.test(method) ?? false;
}

/** `Buffer.alloc(64)`, `Buffer.from(text)`; not what is declared under that name. */
export function isBuffer(module: Module, made: ESTree.Node): boolean {
  if (made.type !== "CallExpression" || made.callee.type !== "MemberExpression") return false;
  const { object } = made.callee;
  if (object.type !== "Identifier" || object.name !== "Buffer") return false;
  const definition = module.variableOf(object)?.defs[0];
  return definition === undefined || definition.type === "ImportBinding";
}

/** `decoder.decode(bytes, { stream: true })` */
function isStreaming(call: ESTree.SimpleCallExpression): boolean {
  const options = argumentsOf(call)[1];
  if (options?.type !== "ObjectExpression") return options !== undefined;
  return options.properties.some(
    (property) => property.type !== "Property" || propertyName(property) === "stream",
  );
}

/**
 * What a call changes that it is given: `Object.assign(state, …)`, `Reflect.set(state, …)`,
 * `Array.prototype.push.apply(list, …)`. `isMutator` says whether a method of collections changes them.
 */
export function changedFirst(
  module: Module,
  call: ESTree.SimpleCallExpression,
  isMutator: (method: string) => boolean,
): ESTree.Node | undefined {
  const callee = unwrap(call.callee);
  if (callee.type !== "MemberExpression") return undefined;
  const [first] = argumentsOf(call);
  const name = propertyName(callee) ?? "";
  const object = unwrap(callee.object);
  if (object.type === "Identifier" && !module.variableOf(object)) {
    return CHANGE_FIRST[object.name]?.test(name) ? first : undefined;
  }
  if (!/^(apply|call)$/.test(name) || object.type !== "MemberExpression") return undefined;
  const isLent = isPrototype(object.object) && isMutator(propertyName(object) ?? "");
  return isLent ? first : undefined;
}

function isPrototype(node: ESTree.Node): boolean {
  const inner = unwrap(node);
  if (inner.type === "ArrayExpression") return inner.elements.length === 0;
  if (inner.type !== "MemberExpression" || propertyName(inner) !== "prototype") return false;
  return inner.object.type === "Identifier" && PROTOTYPES.test(inner.object.name);
}

/** `words.values()`, `words[Symbol.iterator]()`: `next()` goes on where the last has stopped. */
export function isIterator(made: ESTree.Node): boolean {
  const call = unwrap(made);
  if (call.type !== "CallExpression") return false;
  const callee = unwrap(call.callee);
  if (callee.type !== "MemberExpression") return false;
  const { object, property } = callee;
  const isStatic = object.type === "Identifier" && /^(Array|Object)$/.test(object.name);
  if (!callee.computed) return !isStatic && ITERATES.test(propertyName(callee) ?? "");
  return property.type === "MemberExpression" && propertyName(property) === "iterator";
}
