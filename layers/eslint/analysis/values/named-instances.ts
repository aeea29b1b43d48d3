/**
 * Containers that know classes and functions by names: `container.register({ users: asClass(Users) })` of `awilix`, and
 * `container.resolve("users")`, `container.cradle.users`, `constructor({ users })`.
 */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import {
  argumentsOf,
  type ClassNode,
  type FunctionNode,
  propertyName,
  textOf,
  unwrap,
  visit,
} from "../code/syntax.ts";
import { type Evaluates, has, ofKind, union, type Value } from "../code/value.ts";
import type { Imports } from "./imports.ts";

const CONTAINER = "awilix";
/** What the container is to code: members of it are what is registered under their names. */
const NAMES: Value = { kind: "outside", name: CONTAINER };
const MAKES = /^as(Class|Function|Value)$/;

/** Who says what is registered, and learns what is injected. */
export interface NamesEvaluator extends Evaluates {
  /** Those whose code was looked at, the one in question first. */
  readonly modules: ReadonlySet<Module>;
  /** A parameter, or an element of one that is taken apart, may have these values. */
  bind(module: Module, pattern: ESTree.Node | undefined, values: readonly Value[]): void;
  /** What a function gives. */
  returned(module: Module, node: FunctionNode): Value[];
}

interface Registration {
  readonly module: Module;
  /** `asClass(Users).singleton()` */
  readonly value: ESTree.Node;
}

export class NamedInstances {
  readonly #evaluator: NamesEvaluator;
  readonly #imports: Imports;
  #registrations = new Map<string, Registration[]>();
  /** Of how many modules these are. */
  #looked = 0;

  constructor(evaluator: NamesEvaluator, imports: Imports) {
    this.#evaluator = evaluator;
    this.#imports = imports;
  }

  /** What a container, one of these values, has under a name. */
  named(values: readonly Value[], name: string): Value[] {
    const isContainer = ofKind(values, "outside").some((value) => value.name === CONTAINER);
    return isContainer ? this.#registered(name) : [];
  }

  /** Gives the constructor of `asClass(Users)`, or the function of `asFunction(makeUsers)`, what it asks for by names. */
  #inject({ module, value }: Registration): void {
    const call = innermostCall(value);
    if (!call || this.#makerOf(module, call) === undefined) return;
    const given = this.#evaluator.evaluate(module, argumentsOf(call)[0]);
    for (const { module: home, node } of ofKind(given, "class")) {
      const maker = makerIn(node);
      if (maker) this.#injectInto(home, maker);
    }
    for (const { module: home, node } of ofKind(given, "function")) this.#injectInto(home, node);
  }

  /** The functions that make what is asked for by a name, once. */
  get makers(): Extract<Value, { kind: "function" }>[] {
    return [...this.#registrations.values()].flat().flatMap(({ module, value }) => {
      const call = innermostCall(value);
      if (!call || this.#makerOf(module, call) !== "asFunction") return [];
      return ofKind(this.#evaluator.evaluate(module, argumentsOf(call)[0]), "function");
    });
  }

  #injectInto(module: Module, { params }: FunctionNode): void {
    for (const parameter of params) {
      const isByName = params.length > 1 && parameter.type === "Identifier";
      const own = parameter.type === "Identifier" ? this.#registered(parameter.name) : [];
      this.#evaluator.bind(module, parameter, isByName || own.length > 0 ? own : [NAMES]);
    }
  }

  #registered(name: string): Value[] {
    const { modules } = this.#evaluator;
    if (this.#looked !== modules.size) {
      this.#looked = modules.size;
      this.#registrations = this.#find();
      for (const registration of [...this.#registrations.values()].flat()) {
        this.#inject(registration);
      }
    }
    const registrations = this.#registrations.get(name) ?? [];
    return union(...registrations.map(({ module, value }) => this.#made(module, value)));
  }

  #find(): Map<string, Registration[]> {
    const found = new Map<string, Registration[]>();
    const note = (module: Module, name: string | undefined, value: ESTree.Node | undefined) => {
      if (name === undefined || !value) return;
      found.set(name, [...(found.get(name) ?? []), { module, value }]);
    };
    for (const module of this.#imports.reachableFrom(this.#evaluator.modules)) {
      if (!module.imports.includes(CONTAINER)) continue;
      visit(module.program, module.keys, (node) => {
        if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return true;
        if (propertyName(node.callee) !== "register") return true;
        const [first, second] = argumentsOf(node);
        if (first?.type !== "ObjectExpression") note(module, textOf(first), second);
        else {
          for (const property of first.properties) {
            if (property.type === "Property") note(module, propertyName(property), property.value);
          }
        }
        return true;
      });
    }
    return found;
  }

  #made(module: Module, value: ESTree.Node): Value[] {
    const call = innermostCall(value);
    const name = call && this.#makerOf(module, call);
    if (!call || name === undefined) return [];
    const given = this.#evaluator.evaluate(module, argumentsOf(call)[0]);
    if (name === "asValue") return given;
    return union(
      name === "asClass"
        ? ofKind(given, "class").map((owner) => ({ ...owner, kind: "instance" as const }))
        : [],
      ...ofKind(given, "function").map((maker) =>
        name === "asFunction" ? this.#evaluator.returned(maker.module, maker.node) : [],
      ),
    );
  }

  /** `asClass` of a call of it. */
  #makerOf(module: Module, { callee }: ESTree.SimpleCallExpression): string | undefined {
    const values = this.#evaluator.evaluate(module, callee);
    if (!has(values, "package")) return undefined;
    const made = ofKind(values, "package").find(({ name }) => name === CONTAINER);
    const last = made?.path.at(-1) ?? "";
    return MAKES.test(last) ? last : undefined;
  }
}

/** `asClass(Users)` of `asClass(Users).singleton()`. */
function innermostCall(value: ESTree.Node): ESTree.SimpleCallExpression | undefined {
  let node = unwrap(value);
  while (node.type === "CallExpression" && node.callee.type === "MemberExpression") {
    const inner = unwrap(node.callee.object);
    // `awilix.asClass(Users)`
    if (inner.type !== "CallExpression") return node;
    node = inner;
  }
  return node.type === "CallExpression" ? node : undefined;
}

function makerIn({ body }: ClassNode): FunctionNode | undefined {
  for (const element of body.body) {
    if (element.type === "MethodDefinition" && element.kind === "constructor") return element.value;
  }
  return undefined;
}
