/** What calls mean: who registers what, who waits, who writes, and whose code runs. */
import type * as ESTree from "estree";
import { helperOf } from "../code/helper-packages.ts";
import type { Module } from "../code/module.ts";
import { isCreateServer, isServerClass } from "../code/packages.ts";
import {
  argumentsOf,
  contains,
  isFunction,
  isWaitedFor,
  propertyName,
  textOf,
  unwrap,
} from "../code/syntax.ts";
import {
  isClearedBehindAwait,
  isMicrotask,
  isPause,
  millisecondsOf,
  timerOf,
} from "../code/timers.ts";
import { ofKind, type Value } from "../code/value.ts";
import { isEmitter } from "../values/emitters.ts";
import {
  counterOf,
  limiterOf,
  onceOf,
  promiseMadeBy,
  statefulOf,
  streamMadeBy,
} from "../values/in-memory.ts";
import { textBehind } from "../values/texts.ts";
import { calledBeside } from "./beside.ts";
import { entering, isLater, isReplayed, MICROTASK, type Walk } from "./context.ts";
import { effectOf } from "./effects.ts";
import { answersLater, subscribesElsewhere, usesSocket } from "./outside.ts";
import type { Limiter } from "./records.ts";
import { type Call, Runs } from "./runs.ts";
import { REGISTERS, ServerCalls } from "./server-calls.ts";
import type { Walker } from "./walker.ts";

const SETTLES = new Set(["then", "catch", "finally"]);

export class CallReader {
  readonly #walker: Walker;
  readonly #runs: Runs;
  readonly #servers: ServerCalls;

  constructor(walker: Walker) {
    this.#walker = walker;
    this.#runs = new Runs(walker);
    this.#servers = new ServerCalls(walker, this.#runs);
  }

  read(module: Module, call: Call, walk: Walk): void {
    const callee = unwrap(call.callee);
    if (call.type === "NewExpression") this.#readNew(module, call, walk);
    else if (this.#readTimer(module, call, walk)) return;
    else if (isMicrotask(module, call)) this.#readMicrotask(module, call, walk);
    else if (callee.type === "MemberExpression") this.#readMethod(module, call, callee, walk);
    else this.#readCall(module, call, walk);
  }

  // ---- who is called

  #readCall(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): void {
    this.#noteOutside(module, call, walk);
    const callees = this.#walker.evaluator.evaluate(module, call.callee);
    const packages = ofKind(callees, "package");
    if (packages.some(isCreateServer)) {
      this.#servers.readSetup(module, call, walk);
      return;
    }
    if (packages.some(isServerClass)) {
      this.#servers.readOptions(module, call, walk);
      return;
    }
    this.#noteMemory(module, call, callees, walk);
    this.#runs.run(module, call, ofKind(callees, "function"), walk);
    this.#runs.runArguments(
      module,
      call,
      this.#isAlarm(callees, call) ? this.#runs.later(module, call, walk, "the alarm") : walk,
    );
  }

  /** `setup(io, { onAlarm })`. */
  #isAlarm(callees: readonly Value[], { callee }: ESTree.SimpleCallExpression): boolean {
    const isGiven = ofKind(callees, "outside").some(({ name }) => name === "setup");
    return isGiven && callee.type === "Identifier" && /^on[A-Z]/.test(callee.name);
  }

  #readNew(module: Module, call: ESTree.NewExpression, walk: Walk): void {
    const { evaluator } = this.#walker;
    const callees = evaluator.evaluate(module, call.callee);
    if (ofKind(callees, "package").some(isServerClass)) {
      this.#servers.readOptions(module, call, walk);
      return;
    }
    this.#noteMemory(module, call, callees, walk);
    const args = argumentsOf(call).map((arg) => evaluator.evaluate(module, arg));
    for (const owner of ofKind(callees, "class")) {
      this.#walker.walkNew(
        owner.module,
        owner.node,
        entering(walk, this.#walker.root, { from: module, to: owner.module, by: call }),
        args,
      );
    }
    this.#runs.runArguments(module, call, walk);
  }

  #readMethod(
    module: Module,
    call: ESTree.SimpleCallExpression,
    callee: ESTree.MemberExpression,
    walk: Walk,
  ): void {
    const { evaluator } = this.#walker;
    const receivers = evaluator.evaluate(module, callee.object);
    const name = propertyName(callee) ?? "";
    if (ofKind(evaluator.evaluate(module, callee), "package").some(isCreateServer)) {
      this.#servers.readSetup(module, call, walk);
      return;
    }
    this.#runs.run(module, call, evaluator.properties.functionsFor(module, callee), walk);
    if (this.#servers.read(module, call, name, receivers, walk)) return;
    this.#noteListener(module, call, callee, walk);
    if (REGISTERS.has(name) && isEmitter(evaluator, receivers)) {
      const event = textOf(call.arguments[0]) ?? "an event";
      if (/once/i.test(name)) this.#noteOnce(module, call, callee, walk);
      this.#runs.runArguments(
        module,
        call,
        this.#runs.later(module, call, walk, `the listener of "${event}"`),
      );
      return;
    }
    const beside = this.#besideOf(module, call, name, receivers, walk);
    if (beside) {
      this.#runs.runArguments(module, call, beside);
      return;
    }
    this.#readOthers(module, call, callee, receivers, walk);
  }

  /** A method of the project, or of something else. */
  #readOthers(
    module: Module,
    call: ESTree.SimpleCallExpression,
    callee: ESTree.MemberExpression,
    receivers: readonly Value[],
    walk: Walk,
  ): void {
    const { evaluator } = this.#walker;
    const name = propertyName(callee) ?? "";
    this.#noteOutside(module, call, walk);
    this.#noteMemory(module, call, evaluator.evaluate(module, callee), walk);
    if (walk.context.kind === "middleware" && givesContext(module, call, receivers)) {
      const { context, entry } = walk;
      const text = module.source.getText(callee).replace(/\s+/g, "").slice(0, 60);
      const seen = { module, node: call, name: text, context, entry };
      this.#walker.records.limiters.push({ ...seen, kind: "context" });
    }
    const functions = ofKind(evaluator.methodsOf(module, callee), "function");
    for (const { node } of functions) evaluator.bindThis(node, receivers);
    this.#runs.run(module, call, functions, walk);
    if (name === "bind") this.#bindArguments(module, call, receivers);
    if (name === "call") this.#readIndirect(module, call, receivers, walk, call.arguments.slice(1));
    if (name === "apply") {
      const list = call.arguments[1];
      const elements = list?.type === "ArrayExpression" ? list.elements : [];
      const args = elements.filter((element) => element !== null);
      this.#readIndirect(module, call, receivers, walk, args);
    }
    if (SETTLES.has(name) && !isWaitedFor(call)) {
      this.#runs.runArguments(
        module,
        call,
        this.#runs.detached(module, call, walk, "a promise that nobody waits for"),
      );
    } else if (functions.length === 0 || call.arguments.some(isFunction)) {
      this.#runs.runArguments(module, call, walk);
    }
  }

  /** What requests, brokers and devices have called, beside sockets; undefined of other calls. */
  #besideOf(
    module: Module,
    call: ESTree.SimpleCallExpression,
    method: string,
    receivers: readonly Value[],
    walk: Walk,
  ): Walk | undefined {
    if (walk.context.kind !== "module" && walk.context.kind !== "setup") return undefined;
    const event = textBehind(this.#walker.evaluator, module, call.arguments[0]);
    const name = calledBeside(receivers, method, event);
    if (name === undefined) return undefined;
    return { ...walk, context: this.#walker.context("beside", name, call, module) };
  }

  /** `join.bind(null, io)` */
  #bindArguments(
    module: Module,
    call: ESTree.SimpleCallExpression,
    receivers: readonly Value[],
  ): void {
    const { evaluator } = this.#walker;
    for (const target of ofKind(receivers, "function")) {
      for (const [index, arg] of call.arguments.slice(1).entries()) {
        if (arg.type === "SpreadElement") break;
        const values = evaluator.evaluate(module, arg);
        evaluator.bind(target.module, target.node.params[index], values);
      }
    }
  }

  /** `join.call(this, socket)`, `join.apply(this, [socket])`. */
  #readIndirect(
    module: Module,
    call: ESTree.SimpleCallExpression,
    receivers: readonly Value[],
    walk: Walk,
    args: readonly (ESTree.Expression | ESTree.SpreadElement)[],
  ): void {
    const { evaluator } = this.#walker;
    const functions = ofKind(receivers, "function");
    const selves = evaluator.evaluate(module, call.arguments[0]);
    for (const { node } of functions) evaluator.bindThis(node, selves);
    this.#runs.run(module, call, functions, walk, args);
  }

  /** What packages make that limits, locks or remembers in memory. */
  #noteMemory(module: Module, node: Call, callees: readonly Value[], walk: Walk): void {
    const { context, entry } = walk;
    const { limiters } = this.#walker.records;
    const note = (kind: Limiter["kind"], name: string | undefined) => {
      if (name !== undefined) limiters.push({ module, node, name, kind, context, entry });
    };
    note("limiter", limiterOf(callees));
    note("state", statefulOf(callees) ?? streamMadeBy(module, node));
    note("once", onceOf(callees));
    note("counter", counterOf(callees));
    note("promise", promiseMadeBy(module, node));
  }

  /** `bus.once("begin", () => …)` of an emitter of the project's. */
  #noteOnce(
    module: Module,
    node: Call,
    callee: ESTree.MemberExpression,
    { context, entry }: Walk,
  ): void {
    const name = module.source.getText(callee).replace(/\s+/g, "").slice(0, 60);
    this.#walker.records.limiters.push({ module, node, name, kind: "hears", context, entry });
  }

  /** A socket's code that has something call it that goes on without it: an emitter, a broker, the process. */
  #noteListener(
    module: Module,
    call: ESTree.SimpleCallExpression,
    callee: ESTree.MemberExpression,
    { context, entry }: Walk,
  ): void {
    if (context.kind !== "connection" && !isLater(context)) return;
    if (!subscribesElsewhere(this.#walker, module, callee)) return;
    const holders = this.#walker.evaluator.evaluate(module, callee.object);
    if (ofKind(holders, "package").some((value) => helperOf(value) !== undefined)) return;
    const functions = argumentsOf(call).flatMap((arg) => this.#runs.functionsIn(module, arg));
    const concernsClient =
      functions.some((target) => usesSocket(this.#walker.evaluator, target)) ||
      argumentsOf(call).some((arg) => answersLater(this.#walker, module, arg));
    if (!concernsClient) return;
    const name = module.source.getText(callee).replace(/\s+/g, "").slice(0, 60);
    this.#walker.records.outside.push({ module, node: call, name, context, entry });
  }

  // ---- time

  #readTimer(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): boolean {
    const method = timerOf(module, call);
    if (method === undefined) return false;
    const [, delay] = argumentsOf(call);
    const milliseconds = delay === undefined ? 0 : millisecondsOf(module, delay);
    const isWaited = isPause(call) || isClearedBehindAwait(module, call);
    const { context, entry, isGuarded } = walk;
    const seen = { module, node: call, context, entry };
    const timer = { method, milliseconds, isWaitedFor: isWaited, isGuarded };
    this.#walker.records.timers.push({ ...seen, ...timer });
    const inside = isWaited ? walk : this.#runs.detached(module, call, walk, "a timer");
    const [callback] = argumentsOf(call);
    if (!callback) return true;
    for (const target of this.#runs.functionsIn(module, callback))
      this.#runs.enter(module, call, target, inside);
    return true;
  }

  /** It belongs to the event that it is begun in; but what a connection listener begins, a replay does not undo. */
  #readMicrotask(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): void {
    const isOfConnection = walk.context.kind === "connection";
    const inside = isOfConnection ? this.#runs.detached(module, call, walk, MICROTASK) : walk;
    this.#runs.runArguments(module, call, inside);
  }

  // ---- the world

  #noteOutside(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): void {
    const { evaluator, records } = this.#walker;
    const { context, entry } = walk;
    if (!isReplayed(walk)) return;
    const name = effectOf(evaluator, module, call);
    if (name !== undefined) {
      records.effects.push({ module, node: call, name, kind: "effect", context, entry });
    }
  }
}

/** `requests.run({ user }, next)`, `requests.enterWith({ user })` of an `AsyncLocalStorage`. */
function givesContext(
  module: Module,
  { callee, arguments: given }: ESTree.SimpleCallExpression,
  receivers: readonly Value[],
): boolean {
  const isOne = ofKind(receivers, "outside").some(({ name }) => /^(node:)?async_hooks$/.test(name));
  const method = callee.type === "MemberExpression" ? propertyName(callee) : undefined;
  if (!isOne || (method !== "run" && method !== "enterWith")) return false;
  const code = given[1];
  if (method === "enterWith" || !code) return method === "enterWith";
  return contains(code, module.keys, (node) => {
    return node.type === "Identifier" && /^(next|done)$/.test(node.name);
  });
}
