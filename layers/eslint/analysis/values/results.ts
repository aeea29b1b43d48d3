/** What calls give, and what `new` makes: of the project's functions and classes, of packages, of the language's own. */
import type * as ESTree from "estree";
import { helperOf, resultOf } from "../code/helper-packages.ts";
import type { Module } from "../code/module.ts";
import { isServerClass, makesInMemory, outsideOf } from "../code/packages.ts";
import { argumentsOf, type FunctionNode, propertyName, textOf } from "../code/syntax.ts";
import {
  asCopy,
  type Evaluates,
  has,
  ofKind,
  type Place,
  union,
  type Value,
} from "../code/value.ts";
import { isCollectionClass, makesCollection } from "./collection-classes.ts";
import type { Imports } from "./imports.ts";
import { methodOf } from "./methods.ts";
import type { NamedInstances } from "./named-instances.ts";
import type { Properties } from "./properties.ts";

/** Functions that give a new array of what an object holds. */
const LISTS = new Set(["values", "entries", "from", "fromEntries"]);

/** Methods that give one of a collection's elements. */
const GIVES_ELEMENT = /^(get|at|find|findLast|pop|shift)$/;

/** Methods of containers that make, once, what they are asked for: `container.resolve(Users)`. */
const RESOLVES = /^(resolve|get)(Async)?$/;

/** Who says what functions give and methods are, and learns what they belong to. */
export interface ResultsEvaluator extends Evaluates {
  readonly properties: Properties;
  readonly named: NamedInstances;
  /** What a function gives. */
  returned(module: Module, node: FunctionNode): Value[];
  /** What a method that is called may be. */
  methodsOf(module: Module, callee: ESTree.MemberExpression): Value[];
  /** An element of a collection. */
  partsOf(values: readonly Value[]): Value[];
  /** A function may be called as a method of these. */
  bindThis(node: FunctionNode, values: readonly Value[]): void;
  /** The one place that a declaration makes. */
  place(declaration: ESTree.Node, place: Place): Place;
}

export class Results {
  readonly #evaluator: ResultsEvaluator;
  readonly #imports: Imports;

  constructor(evaluator: ResultsEvaluator, imports: Imports) {
    this.#evaluator = evaluator;
    this.#imports = imports;
  }

  /** What a call gives. */
  ofCall(module: Module, node: ESTree.SimpleCallExpression): Value[] {
    const loaded = module.loadedBy(node);
    if (loaded) return this.#imports.loaded(module, loaded);
    if (node.callee.type === "MemberExpression") return this.#ofMethod(module, node, node.callee);
    const callees = this.#evaluator.evaluate(module, node.callee);
    return union(
      ofKind(callees, "package").some(isServerClass) ? [{ kind: "server" }] : [],
      ...ofKind(callees, "package").map((value) => this.#ofPackage(module, node, value)),
      ...ofKind(callees, "function").map((callee) =>
        this.#evaluator.returned(callee.module, callee.node),
      ),
    );
  }

  #ofMethod(
    module: Module,
    node: ESTree.SimpleCallExpression,
    callee: ESTree.MemberExpression,
  ): Value[] {
    const name = propertyName(callee) ?? "";
    const [first] = argumentsOf(node);
    if (callee.object.type === "Identifier" && !module.variableOf(callee.object)) {
      const isList = LISTS.has(name) && /^(Object|Array)$/.test(callee.object.name);
      if (isList) return this.#evaluator.evaluate(module, first).map(asCopy);
      if (/^(freeze|seal|assign)$/.test(name)) return this.#evaluator.evaluate(module, first);
      // What is put on it is its own.
      if (name === "create") return this.#evaluator.evaluate(module, first).map(asCopy);
      if (/^(Reflect|Promise)$/.test(callee.object.name))
        return this.#evaluator.evaluate(module, first);
    }
    const setting = this.#evaluator.properties.valuesOfSetting(module, node);
    if (setting.length > 0) return setting;
    const receivers = this.#evaluator.evaluate(module, callee.object);
    const functions = ofKind(this.#evaluator.methodsOf(module, callee), "function");
    const values: Value[][] = functions.map((value) =>
      this.#evaluator.returned(value.module, value.node),
    );
    // `db.get("user")` of `const db = require("./db")`, or of a class of the project's: no collection's `get`.
    const isOwn = functions.length > 0 || has(receivers, "module");
    for (const receiver of receivers) {
      if (isOwn && receiver.kind === "state") continue;
      const isHelper = receiver.kind === "package" && helperOf(receiver) !== undefined;
      if (isHelper) values.push(this.#ofPackage(module, node, memberOf(receiver, name)));
      else values.push(methodOf(receiver, name));
    }
    if (/^reduce(Right)?$/.test(name)) values.push(this.#ofReduce(module, node, receivers));
    if (makesCollection(callee)) {
      const makers = ofKind(receivers, "class").filter((maker) =>
        isCollectionClass(this.#evaluator, maker.module, maker.node),
      );
      values.push(makers.map((maker) => ({ ...maker, kind: "instance" })));
    }
    if (RESOLVES.test(name) && (has(receivers, "outside") || has(receivers, "package"))) {
      const classes = ofKind(this.#evaluator.evaluate(module, first), "class");
      values.push(classes.map((owner) => ({ ...owner, kind: "instance" })));
      values.push(this.#evaluator.named.named(receivers, textOf(first) ?? ""));
    }
    if (GIVES_ELEMENT.test(name)) {
      const parts = this.#evaluator.partsOf(receivers);
      values.push(parts.filter(({ kind }) => kind === "instance" || kind === "function"));
    }
    if (name === "bind") {
      const bound = ofKind(receivers, "function");
      for (const target of bound)
        this.#evaluator.bindThis(target.node, this.#evaluator.evaluate(module, first));
      values.push(bound);
    }
    return union(...values);
  }

  /** What a package's function gives: a client of something outside, for all that is known; not a helper. */
  #ofPackage(
    module: Module,
    { arguments: given }: ESTree.SimpleCallExpression,
    value: Extract<Value, { kind: "package" }>,
  ): Value[] {
    const helper = helperOf(value);
    if (helper === undefined) return outsideOf(value);
    // What is taken, or made, of its first argument.
    const [first] = given;
    const values = first ? this.#evaluator.evaluate(module, first) : [];
    switch (resultOf(helper)) {
      case "part":
        return union(this.#evaluator.partsOf(values), ofKind(values, "state"));
      case "copy":
        return values.map(asCopy);
      case "itself":
        return values;
      case "wrapper":
        return union(
          ...given.map((arg) => ofKind(this.#evaluator.evaluate(module, arg), "function")),
        );
      default:
        return [];
    }
  }

  /** `teams.reduce((least, team) => …, first)`: one of those, or what the callback makes of them. */
  #ofReduce(
    module: Module,
    node: ESTree.SimpleCallExpression,
    receivers: readonly Value[],
  ): Value[] {
    const [callback, first] = argumentsOf(node);
    const made = ofKind(this.#evaluator.evaluate(module, callback), "function");
    return union(
      first ? this.#evaluator.evaluate(module, first) : this.#evaluator.partsOf(receivers),
      ...made.map((target) => this.#evaluator.returned(target.module, target.node)),
    );
  }

  /** What `new` makes. */
  ofNew(module: Module, node: ESTree.NewExpression): Value[] {
    const callees = this.#evaluator.evaluate(module, node.callee);
    const values: Value[] = [];
    // `new Map([["join", join]])`; what a promise is given has run.
    const [first] = argumentsOf(node);
    const isPromise = node.callee.type === "Identifier" && node.callee.name === "Promise";
    if (callees.length === 0 && !isPromise)
      values.push(...ofKind(this.#evaluator.evaluate(module, first), "function"));
    if (first && isViewOfBuffer(module, node, first)) {
      const bytes = this.#evaluator.evaluate(module, first);
      values.push(...ofKind(bytes, "kept"), ...ofKind(bytes, "state"));
    }
    for (const callee of callees) {
      if (callee.kind === "class") values.push({ ...callee, kind: "instance" });
      if (callee.kind === "outside") values.push(callee);
      if (callee.kind !== "package" || makesInMemory(callee, node.arguments)) continue;
      values.push(...(isServerClass(callee) ? [{ kind: "server" } as const] : outsideOf(callee)));
    }
    return values;
  }
}

/** `new DataView(bytes.buffer)`: what is written through it is in the bytes. */
function isViewOfBuffer(module: Module, { callee }: ESTree.NewExpression, given: ESTree.Node) {
  if (callee.type !== "Identifier" || module.variableOf(callee)) return false;
  if (callee.name === "DataView") return true;
  const isBuffer = given.type === "MemberExpression" && propertyName(given) === "buffer";
  return isBuffer && /Array$/.test(callee.name);
}

function memberOf(value: Extract<Value, { kind: "package" }>, name: string) {
  return { ...value, path: [...value.path, name] };
}
