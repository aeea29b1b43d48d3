/** Whose code a call runs: the functions that are called, and those that they are given. */
import type * as ESTree from "estree";
import { helperOf } from "../code/helper-packages.ts";
import type { Module } from "../code/module.ts";
import { argumentsOf, isFunction, isWaitedFor, propertyName, unwrap } from "../code/syntax.ts";
import { has, ofKind, type Value } from "../code/value.ts";
import { MUTATORS } from "./changes.ts";
import { type Context, entering, type Walk } from "./context.ts";
import type { Walker } from "./walker.ts";

export type Call = ESTree.SimpleCallExpression | ESTree.NewExpression;
export type FunctionValue = Extract<Value, { kind: "function" }>;

/** What calls those back whom it has heard of, and gives them no elements of its own. */
const LISTENS = ["socket", "server", "outside"] as const;

export class Runs {
  readonly #walker: Walker;

  constructor(walker: Walker) {
    this.#walker = walker;
  }

  /** Functions of the project, with what their parameters are. */
  run(
    module: Module,
    call: ESTree.SimpleCallExpression,
    functions: readonly FunctionValue[],
    walk: Walk,
    args: readonly (ESTree.Expression | ESTree.SpreadElement)[] = call.arguments,
  ): void {
    const { evaluator } = this.#walker;
    for (const target of functions) {
      const { params } = target.node;
      const rest = params.at(-1)?.type === "RestElement" ? params.at(-1) : undefined;
      for (const [index, arg] of args.entries()) {
        if (arg.type === "SpreadElement") {
          evaluator.bind(target.module, rest, evaluator.evaluate(module, arg.argument));
          break;
        }
        const parameter = params[index] ?? rest;
        evaluator.bind(target.module, parameter, evaluator.evaluate(module, arg));
      }
      const inside = this.#into(walk, module, target.module, call);
      const end = isWaitedFor(call) ? "awaited" : "unawaited";
      this.#walker.walkCode(target.module, target.node, inside, end);
    }
  }

  /** Functions that others are given: they are taken to call them at once. */
  runArguments(module: Module, call: Call, walk: Walk): void {
    for (const arg of argumentsOf(call)) {
      for (const target of this.functionsIn(module, arg)) {
        // `inherits(Chat, EventEmitter)`: who is given a class does not call it.
        if (target.module.constructors.classOf(target.node)) continue;
        this.#bindElements(module, call, arg, target);
        this.enter(module, call, target, walk);
      }
    }
  }

  /** `users.forEach((user) => …)`, `_.forEach(users, (user) => …)`: the callback gets what is in the collection. */
  #bindElements(
    module: Module,
    call: Call,
    arg: ESTree.Node,
    { module: home, node }: FunctionValue,
  ) {
    const callee = unwrap(call.callee);
    if (callee.type !== "MemberExpression") return;
    const { evaluator } = this.#walker;
    // What is put into a collection is called by others, with what they have.
    const name = propertyName(callee) ?? "";
    if (MUTATORS.has(name)) return;
    const receivers = evaluator.evaluate(module, callee.object);
    const [first, second] = call.arguments;
    const isHelper = ofKind(receivers, "package").some((value) => helperOf(value) !== undefined);
    if (!first || arg !== (isHelper ? second : first)) return;
    // `socket.on("go", (way) => …)` has nothing to do with where the socket is held.
    const isListening = LISTENS.some((kind) => has(receivers, kind));
    const all = isHelper ? evaluator.evaluate(module, first) : receivers;
    const list = isHelper ? first : callee.object;
    const elements = isListening
      ? evaluator.partsOf(ofKind(all, "sockets"))
      : evaluator.elementsOf(module, list);
    const isReduce = /^reduce/.test(name);
    // What was made of those before it: at the beginning the first of them, or what is given.
    if (isReduce) evaluator.bind(home, node.params[0], evaluator.evaluate(module, call));
    evaluator.bind(home, node.params[isReduce ? 1 : 0], elements);
  }

  /** One of them. */
  enter(module: Module, call: Call, target: FunctionValue, walk: Walk): void {
    this.#walker.walkCode(
      target.module,
      target.node,
      this.#into(walk, module, target.module, call),
    );
  }

  /** Functions that an argument is, or makes, or wraps: `wrap(async () => …)`, `this.join.bind(this)`. */
  functionsIn(module: Module, arg: ESTree.Node): FunctionValue[] {
    const { evaluator } = this.#walker;
    const inner = unwrap(arg);
    const found = ofKind(evaluator.evaluate(module, inner), "function");
    if (inner.type !== "CallExpression") return found;
    for (const nested of argumentsOf(inner)) {
      if (nested.type !== "CallExpression" && !isFunction(nested) && nested.type !== "Identifier")
        continue;
      found.push(...this.functionsIn(module, nested));
    }
    return found;
  }

  /** Code that goes on beside what started it. */
  detached(module: Module, call: Call, walk: Walk, name: string): Walk {
    if (walk.context.kind === "module" || walk.context.kind === "beside") return walk;
    const context = this.#walker.context("listener", name, call, module, walk.context);
    return { ...walk, context };
  }

  /** Code that runs later than what registers it. */
  later(module: Module, call: Call, walk: Walk, name: string): Walk {
    const context: Context = this.#walker.context("listener", name, call, module);
    return { ...walk, context };
  }

  #into(walk: Walk, from: Module, to: Module, by: ESTree.Node): Walk {
    return entering(walk, this.#walker.root, { from, to, by });
  }
}
