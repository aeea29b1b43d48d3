/** What functions are: whose methods, and what they give. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { type FunctionNode, functionOfThis, isStaticCode, returnsOf } from "../code/syntax.ts";
import { type Evaluates, union, type Value } from "../code/value.ts";
import type { Answers } from "./answers.ts";
import type { Knowledge } from "./knowledge.ts";

export class Functions {
  readonly #evaluator: Evaluates;
  readonly #answers: Answers;
  readonly #knowledge: Knowledge;
  readonly #receivers = new Map<FunctionNode, Value[]>();
  /** What functions are methods of that were added to prototypes elsewhere. */
  readonly #owners = new Map<FunctionNode, Value[]>();
  /** Those whose results are being asked for. */
  readonly #returning = new Set<FunctionNode>();

  constructor(evaluator: Evaluates, answers: Answers, knowledge: Knowledge) {
    this.#evaluator = evaluator;
    this.#answers = answers;
    this.#knowledge = knowledge;
  }

  /** A function may be called as a method of these. */
  bindThis(node: FunctionNode, values: readonly Value[]): void {
    if (node.type !== "ArrowFunctionExpression")
      this.#knowledge.learn(this.#receivers, node, values);
  }

  /** A function is a method of these, whatever holds them where it is called. */
  addMethod(node: FunctionNode, owners: readonly Value[]): void {
    if (node.type !== "ArrowFunctionExpression") this.#knowledge.learn(this.#owners, node, owners);
  }

  /** What `this` may be. */
  valuesOfThis(module: Module, node: ESTree.ThisExpression): Value[] {
    const owner = module.classOfThis(node);
    if (owner) return [{ kind: isStaticCode(node) ? "class" : "instance", module, node: owner }];
    const holder = functionOfThis(node);
    if (!holder) return [];
    return this.#owners.get(holder) ?? this.#receivers.get(holder) ?? [];
  }

  /** A function as it is written: also the class that it makes. */
  valuesOf(module: Module, node: FunctionNode): Value[] {
    const owner = module.constructors.classOf(node);
    const values: Value[] = [{ kind: "function", module, node }];
    return owner ? [...values, { kind: "class", module, node: owner }] : values;
  }

  /** The expressions that a function gives. */
  returnsOf(module: Module, node: FunctionNode): ESTree.Expression[] {
    if (!node.body) return [];
    return node.body.type === "BlockStatement" ? returnsOf(node.body, module.keys) : [node.body];
  }

  /** What a function gives. */
  returned(module: Module, node: FunctionNode): Value[] {
    if (!node.body) return [];
    if (this.#returning.has(node)) return this.#answers.giveUp();
    this.#returning.add(node);
    try {
      if (node.body.type !== "BlockStatement") return this.#evaluator.evaluate(module, node.body);
      return union(
        ...returnsOf(node.body, module.keys).map((value) =>
          this.#evaluator.evaluate(module, value),
        ),
      );
    } finally {
      this.#returning.delete(node);
    }
  }
}
