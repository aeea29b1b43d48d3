/** What collections may hold: what they are made with, and what is put into them later. */
import type * as ESTree from "estree";
import { initialValues } from "../code/initial-values.ts";
import type { Module } from "../code/module.ts";
import { contains, elementsOf, type FunctionNode, isFunction, unwrap } from "../code/syntax.ts";
import { asCopy, type Evaluates, ofKind, type Place, union, type Value } from "../code/value.ts";
import type { Answers } from "./answers.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Members } from "./members.ts";

/** What is looked for in collections. */
export const CALLED: ReadonlySet<Value["kind"]> = new Set(["function", "instance", "class"]);

/** Something that a collection is made with. */
interface Element {
  readonly module: Module;
  readonly node: ESTree.Node;
}

/** Who says what functions give. */
export interface ElementsEvaluator extends Evaluates {
  /** The expressions that a function gives. */
  returnsOf(module: Module, node: FunctionNode): ESTree.Expression[];
}

export class Elements {
  readonly #evaluator: ElementsEvaluator;
  readonly #members: Members;
  readonly #answers: Answers;
  readonly #knowledge: Knowledge;
  readonly #contents = new Map<ESTree.Node, Value[]>();
  /** What the places were made with, where that is written down. */
  readonly #elements = new Map<Place, Element[]>();

  constructor(
    evaluator: ElementsEvaluator,
    members: Members,
    answers: Answers,
    knowledge: Knowledge,
  ) {
    this.#evaluator = evaluator;
    this.#members = members;
    this.#answers = answers;
    this.#knowledge = knowledge;
  }

  /** A collection may hold these: functions that are called by a name, instances. */
  fill(place: Place, values: readonly Value[]): void {
    const held = values.filter((value) => CALLED.has(value.kind) || isTable(value));
    this.#knowledge.learn(this.#contents, place.declaration, held);
  }

  /** `[...users.values()]`, `[join, leave]`: of what is in it what others are copies of, functions, classes. */
  listed(module: Module, node: ESTree.ArrayExpression): Value[] {
    const values: Value[][] = [];
    for (const element of node.elements) {
      if (element?.type === "SpreadElement") {
        values.push(this.#evaluator.evaluate(module, element.argument).map(asCopy));
      } else if (element) {
        const held = this.#evaluator.evaluate(module, element);
        values.push(held.filter(({ kind }) => kind === "function" || kind === "class"));
      }
    }
    return union(...values);
  }

  /** What a loop over an expression gets: of a list that is written down, `[socket, other]`, each element. */
  elementsOf(module: Module, expression: ESTree.Node): Value[] {
    const list = unwrap(expression);
    const written = list.type === "ArrayExpression" ? list.elements : [];
    const sockets = written.flatMap((element) =>
      element && element.type !== "SpreadElement"
        ? ofKind(this.#evaluator.evaluate(module, element), "socket")
        : [],
    );
    return union(sockets, this.partsOf(this.#evaluator.evaluate(module, expression)));
  }

  /** An element of a collection. */
  partsOf(values: readonly Value[]): Value[] {
    return union(
      values.flatMap((value): Value[] => {
        if (value.kind === "sockets") return [{ kind: "socket" }];
        if (value.kind === "state") {
          const held = this.#contents.get(value.place.declaration) ?? [];
          return [{ ...value, isCopy: false }, ...held, ...this.#instancesIn(value.place)];
        }
        if (value.kind === "object" || value.kind === "module") {
          return this.#members.functionsIn(value);
        }
        // Of a table of functions or classes, and of what `Object.entries` makes of one.
        return ["kept", "function", "class"].includes(value.kind) ? [value] : [];
      }),
    );
  }

  /** The instances, and classes, that a collection is made with: `[new Table()]`, `new Map([["chess", Game]])`. */
  #instancesIn(place: Place): Value[] {
    const elements = this.#elements.get(place) ?? this.#elementsOf(place);
    this.#elements.set(place, elements);
    if (elements.length === 0) return [];
    return this.#answers.once(place, () =>
      elements.flatMap(({ module, node }) => {
        const held = this.#evaluator.evaluate(module, node);
        return held.filter(({ kind }) => kind === "instance" || kind === "class");
      }),
    );
  }

  /** What collections are made with where they are made, or in the function that makes them. */
  #elementsOf({ module, ...place }: Place): Element[] {
    return initialValues({ module, ...place }).flatMap((value) => {
      const own = elementsOf(value).map((node) => ({ module, node }));
      const call = unwrap(value);
      if (own.length > 0 || call.type !== "CallExpression") return own;
      const makers = ofKind(this.#evaluator.evaluate(module, call.callee), "function");
      return makers.flatMap((maker) =>
        this.#evaluator
          .returnsOf(maker.module, maker.node)
          .flatMap(elementsOf)
          .map((node) => ({ module: maker.module, node })),
      );
    });
  }
}

/** Whether a value is an object of functions, somewhere in it. */
function isTable(value: Value): boolean {
  return value.kind === "object" && contains(value.node, value.module.keys, isFunction);
}
