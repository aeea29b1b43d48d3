/** What calls mean: who registers what, who waits, who writes, and whose code runs. */
import type * as ESTree from "estree";
import { calledBeside } from "./beside.ts";
import type { Context, Walk } from "./context.ts";
import { isLater } from "./context.ts";
import { effectOf } from "./effects.ts";
import { isEmitter } from "./emitters.ts";
import type { Flow } from "./flow.ts";
import { limiterOf, memoryStoreOf, statefulOf } from "./limiters.ts";
import type { Module } from "./module.ts";
import { answersLater, subscribesElsewhere, usesSocket } from "./outside.ts";
import { isCreateServer, isServerClass } from "./packages.ts";
import { isAskedOnce } from "./questions.ts";
import { argumentsOf, isFunction, isWaitedFor, propertyName, textOf, unwrap } from "./syntax.ts";
import { textBehind } from "./texts.ts";
import { isPause, millisecondsOf, timerOf } from "./timers.ts";
import { has, ofKind, type Value } from "./value.ts";

type Call = ESTree.SimpleCallExpression | ESTree.NewExpression;
type FunctionValue = Extract<Value, { kind: "function" }>;

const REGISTERS = new Set([
  ...["on", "once", "addListener", "prependListener", "prependOnceListener"],
  ...["onAny", "prependAny", "onAnyOutgoing", "prependAnyOutgoing"],
]);
const REMOVES = new Set([
  ...["off", "removeListener", "removeAllListeners", "offAny", "offAnyOutgoing"],
]);
const SETTLES = new Set(["then", "catch", "finally"]);

/** What calls those back whom it has heard of, and gives them no elements of its own. */
const LISTENS = ["socket", "server", "outside"] as const;

export class CallReader {
  readonly #flow: Flow;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  read(module: Module, call: Call, walk: Walk): void {
    const callee = unwrap(call.callee);
    if (call.type === "NewExpression") this.#readNew(module, call, walk);
    else if (this.#readTimer(module, call, walk)) return;
    else if (callee.type === "MemberExpression") this.#readMethod(module, call, callee, walk);
    else this.#readCall(module, call, walk);
  }

  // ---- who is called

  #readCall(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): void {
    this.#noteOutside(module, call, walk);
    const callees = this.#flow.evaluator.evaluate(module, call.callee);
    const packages = ofKind(callees, "package");
    if (packages.some(isCreateServer)) {
      this.#readSetup(module, call, walk);
      return;
    }
    if (packages.some(isServerClass)) {
      this.#readOptions(module, call, walk);
      return;
    }
    this.#noteMemory(module, call, callees, walk);
    this.#run(module, call, ofKind(callees, "function"), walk);
    this.#runArguments(
      module,
      call,
      this.#isAlarm(callees, call) ? this.#later(module, call, walk, "the alarm") : walk,
    );
  }

  /** `setup(io, { onAlarm })`. */
  #isAlarm(callees: readonly Value[], { callee }: ESTree.SimpleCallExpression): boolean {
    const isGiven = ofKind(callees, "outside").some(({ name }) => name === "setup");
    return isGiven && callee.type === "Identifier" && /^on[A-Z]/.test(callee.name);
  }

  #readNew(module: Module, call: ESTree.NewExpression, walk: Walk): void {
    const { evaluator } = this.#flow;
    const callees = evaluator.evaluate(module, call.callee);
    if (ofKind(callees, "package").some(isServerClass)) {
      this.#readOptions(module, call, walk);
      return;
    }
    this.#noteMemory(module, call, callees, walk);
    const args = argumentsOf(call).map((arg) => evaluator.evaluate(module, arg));
    for (const owner of ofKind(callees, "class")) {
      this.#flow.walkNew(
        owner.module,
        owner.node,
        this.into(walk, module, owner.module, call),
        args,
      );
    }
    this.#runArguments(module, call, walk);
  }

  #readMethod(
    module: Module,
    call: ESTree.SimpleCallExpression,
    callee: ESTree.MemberExpression,
    walk: Walk,
  ): void {
    const { evaluator } = this.#flow;
    const receivers = evaluator.evaluate(module, callee.object);
    const name = propertyName(callee) ?? "";
    if (ofKind(evaluator.evaluate(module, callee), "package").some(isCreateServer)) {
      this.#readSetup(module, call, walk);
      return;
    }
    this.#run(module, call, evaluator.properties.functionsFor(module, callee), walk);
    if (has(receivers, "socket")) {
      this.#readSocket(module, call, name, walk);
      return;
    }
    if (has(receivers, "server")) {
      this.#readServer(module, call, name, walk);
      return;
    }
    if (has(receivers, "engine")) {
      this.#readEngine(module, call, name, walk);
      return;
    }
    const part = (["serverPart", "connection"] as const).find((kind) => has(receivers, kind));
    if (part !== undefined && (REGISTERS.has(name) || REMOVES.has(name))) {
      this.#readPart(module, call, name, walk, part === "connection" ? "connection" : "server");
      return;
    }
    this.#noteListener(module, call, callee, walk);
    if (REGISTERS.has(name) && isEmitter(evaluator, receivers)) {
      const event = textOf(call.arguments[0]) ?? "an event";
      this.#runArguments(
        module,
        call,
        this.#later(module, call, walk, `the listener of "${event}"`),
      );
      return;
    }
    const beside = this.#besideOf(module, call, name, receivers, walk);
    if (beside) {
      this.#runArguments(module, call, beside);
      return;
    }
    this.#noteOutside(module, call, walk);
    this.#noteMemory(module, call, evaluator.evaluate(module, callee), walk);
    const functions = ofKind(evaluator.methodsOf(module, callee), "function");
    for (const { node } of functions) evaluator.bindThis(node, receivers);
    this.#run(module, call, functions, walk);
    if (name === "call") this.#readIndirect(module, call, receivers, walk, call.arguments.slice(1));
    if (name === "apply") {
      const list = call.arguments[1];
      const elements = list?.type === "ArrayExpression" ? list.elements : [];
      const args = elements.filter((element) => element !== null);
      this.#readIndirect(module, call, receivers, walk, args);
    }
    if (SETTLES.has(name) && !isWaitedFor(call)) {
      this.#runArguments(
        module,
        call,
        this.#detached(module, call, walk, "a promise that nobody waits for"),
      );
    } else if (functions.length === 0 || call.arguments.some(isFunction)) {
      this.#runArguments(module, call, walk);
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
    const event = this.#eventOf(module, call.arguments[0]);
    const name = calledBeside(receivers, method, event);
    if (name === undefined) return undefined;
    return { ...walk, context: this.#flow.context("beside", name, call, module) };
  }

  /** `join.call(this, socket)`, `join.apply(this, [socket])`. */
  #readIndirect(
    module: Module,
    call: ESTree.SimpleCallExpression,
    receivers: readonly Value[],
    walk: Walk,
    args: readonly (ESTree.Expression | ESTree.SpreadElement)[],
  ): void {
    const { evaluator } = this.#flow;
    const functions = ofKind(receivers, "function");
    const selves = evaluator.evaluate(module, call.arguments[0]);
    for (const { node } of functions) evaluator.bindThis(node, selves);
    this.#run(module, call, functions, walk, args);
  }

  /** Functions of the project, with what their parameters are. */
  #run(
    module: Module,
    call: ESTree.SimpleCallExpression,
    functions: readonly FunctionValue[],
    walk: Walk,
    args: readonly (ESTree.Expression | ESTree.SpreadElement)[] = call.arguments,
  ): void {
    const { evaluator } = this.#flow;
    for (const target of functions) {
      for (const [index, arg] of args.entries()) {
        if (arg.type === "SpreadElement") break;
        evaluator.bind(target.module, target.node.params[index], evaluator.evaluate(module, arg));
      }
      const inside = this.into(walk, module, target.module, call);
      this.#flow.walkCode(target.module, target.node, inside, isWaitedFor(call));
    }
  }

  /** Functions that others are given: they are taken to call them at once. */
  #runArguments(module: Module, call: Call, walk: Walk): void {
    for (const arg of argumentsOf(call)) {
      for (const target of this.#functionsIn(module, arg)) {
        this.#bindElements(module, call, target);
        this.#enter(module, call, target, walk);
      }
    }
  }

  /** `users.forEach((user) => …)`: the callback gets what is in the collection. */
  #bindElements(module: Module, call: Call, target: FunctionValue): void {
    const callee = unwrap(call.callee);
    if (callee.type !== "MemberExpression") return;
    const { evaluator } = this.#flow;
    const isReduce = /^reduce/.test(propertyName(callee) ?? "");
    const receivers = evaluator.evaluate(module, callee.object);
    // `socket.on("go", (way) => …)` has nothing to do with where the socket is held.
    const isListening = LISTENS.some((kind) => has(receivers, kind));
    const held = isListening ? ofKind(receivers, "sockets") : receivers;
    const elements = evaluator.partsOf(held);
    evaluator.bind(target.module, target.node.params[isReduce ? 1 : 0], elements);
  }

  #enter(module: Module, call: Call, target: FunctionValue, walk: Walk): void {
    this.#flow.walkCode(target.module, target.node, this.into(walk, module, target.module, call));
  }

  /** Functions that an argument is, or makes, or wraps: `wrap(async () => …)`, `this.join.bind(this)`. */
  #functionsIn(module: Module, arg: ESTree.Node): FunctionValue[] {
    const { evaluator } = this.#flow;
    const inner = unwrap(arg);
    const found = ofKind(evaluator.evaluate(module, inner), "function");
    if (inner.type !== "CallExpression") return found;
    for (const nested of argumentsOf(inner)) {
      if (nested.type !== "CallExpression" && !isFunction(nested) && nested.type !== "Identifier")
        continue;
      found.push(...this.#functionsIn(module, nested));
    }
    return found;
  }

  #eventOf(module: Module, node: ESTree.Node | undefined): string | undefined {
    return textBehind(this.#flow.evaluator, module, node);
  }

  // ---- servers and sockets

  #readSetup(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): void {
    const { evaluator } = this.#flow;
    const context = this.#flow.context("setup", "setup", call, module);
    const staysAwake = this.#staysAwake(module, call);
    for (const arg of argumentsOf(call)) {
      for (const setup of this.#functionsIn(module, arg)) {
        if (staysAwake) {
          this.#flow.staysAwake(setup.node);
          continue;
        }
        evaluator.bind(setup.module, setup.node.params[0], [{ kind: "server" }]);
        evaluator.bind(setup.module, setup.node.params[1], [{ kind: "outside", name: "setup" }]);
        this.#enter(module, call, setup, { ...walk, context });
      }
    }
    this.#readOptions(module, call, walk);
  }

  /** `hibernate: false` among a server's options. */
  #staysAwake(module: Module, call: Call): boolean {
    return argumentsOf(call).some((arg) =>
      ofKind(this.#flow.evaluator.evaluate(module, arg), "object").some(({ node }) =>
        node.properties.some((property) => {
          if (property.type !== "Property" || propertyName(property) !== "hibernate") return false;
          return property.value.type === "Literal" && property.value.value === false;
        }),
      ),
    );
  }

  /** `allowRequest` and other functions among a server's options. */
  #readOptions(module: Module, call: Call, walk: Walk): void {
    for (const arg of argumentsOf(call)) {
      for (const options of ofKind(this.#flow.evaluator.evaluate(module, arg), "object")) {
        for (const property of options.node.properties) {
          if (property.type !== "Property") continue;
          const name = `\`${propertyName(property)}\``;
          const context = this.#flow.context("middleware", name, property, options.module);
          for (const target of this.#functionsIn(options.module, property.value)) {
            this.#enter(module, call, target, { ...walk, context });
          }
        }
      }
    }
  }

  #readServer(module: Module, call: ESTree.SimpleCallExpression, method: string, walk: Walk): void {
    const args = argumentsOf(call);
    const event = this.#eventOf(module, args[0]);
    this.#noteQuestion(module, call, method, walk);
    const isConnection = event === "connection" || event === "connect";
    if (method === "of" && args.length > 1) {
      this.#onConnection(module, call, args.slice(1), walk);
      return;
    }
    if (method === "use") {
      this.#noteRegistration(module, call, "server", method, walk);
      this.#onMiddleware(module, call, walk);
      return;
    }
    if (REMOVES.has(method)) {
      this.#noteRegistration(module, call, "server", method, walk);
      return;
    }
    if (!REGISTERS.has(method)) {
      const isSync = /^(forEach|map|filter|some|every|find)$/.test(method);
      const inside = isSync ? walk : this.#later(module, call, walk, `\`io.${method}\``);
      this.#runArguments(module, call, inside);
      return;
    }
    this.#noteRegistration(module, call, "server", method, walk);
    if (isConnection) {
      this.#onConnection(module, call, args.slice(1), walk);
      return;
    }
    const later = this.#later(module, call, walk, `the listener of "${event ?? "an event"}"`);
    for (const arg of args) {
      for (const target of this.#functionsIn(module, arg)) {
        if (event === "new_namespace") {
          this.#flow.evaluator.bind(target.module, target.node.params[0], [{ kind: "server" }]);
        }
        this.#enter(module, call, target, later);
      }
    }
  }

  #onConnection(
    module: Module,
    call: ESTree.SimpleCallExpression,
    listeners: readonly ESTree.Node[],
    walk: Walk,
  ): void {
    const context = this.#flow.context("connection", "the connection listener", call, module);
    for (const arg of listeners) {
      for (const target of this.#functionsIn(module, arg)) {
        this.#flow.evaluator.bind(target.module, target.node.params[0], [{ kind: "socket" }]);
        this.#enter(module, call, target, { ...walk, context, isGuarded: false });
      }
    }
  }

  #onMiddleware(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): void {
    const context = this.#flow.context("middleware", "a middleware", call, module);
    this.#noteStores(module, call, walk);
    for (const arg of argumentsOf(call)) {
      for (const target of this.#functionsIn(module, arg)) {
        this.#flow.evaluator.bind(target.module, target.node.params[0], [{ kind: "socket" }]);
        this.#enter(module, call, target, { ...walk, context });
      }
    }
  }

  #readEngine(module: Module, call: ESTree.SimpleCallExpression, method: string, walk: Walk): void {
    const isMiddleware = method === "use";
    if (isMiddleware || REGISTERS.has(method) || REMOVES.has(method)) {
      this.#noteRegistration(module, call, "server", method, walk);
    }
    const name = isMiddleware
      ? "a middleware"
      : `the engine's listener of "${textOf(call.arguments[0]) ?? ""}"`;
    const kind = isMiddleware ? "middleware" : "listener";
    const context = this.#flow.context(kind, name, call, module);
    if (isMiddleware) this.#noteStores(module, call, walk);
    this.#runArguments(module, call, { ...walk, context });
  }

  /** Listeners of what belongs to a server, or to a client, and is neither. */
  #readPart(
    module: Module,
    call: ESTree.SimpleCallExpression,
    method: string,
    walk: Walk,
    on: "server" | "connection",
  ): void {
    this.#noteRegistration(module, call, on, method, walk);
    const name = `the listener of "${textOf(call.arguments[0]) ?? "an event"}"`;
    this.#runArguments(module, call, this.#later(module, call, walk, name));
  }

  #readSocket(module: Module, call: ESTree.SimpleCallExpression, method: string, walk: Walk): void {
    const [first] = argumentsOf(call);
    if (REGISTERS.has(method) || method === "use" || REMOVES.has(method)) {
      this.#noteRegistration(module, call, "socket", method, walk);
    }
    if (REMOVES.has(method)) return;
    this.#noteQuestion(module, call, method, walk);
    const event = this.#eventOf(module, first);
    const name =
      method === "use"
        ? "a socket's middleware"
        : REGISTERS.has(method)
          ? `the listener of "${event ?? (method.includes("Any") ? "any event" : "an event")}"`
          : "an acknowledgement";
    const isNow = !REGISTERS.has(method) && method !== "use" && !/^emit/.test(method);
    this.#runArguments(module, call, isNow ? walk : this.#later(module, call, walk, name));
  }

  #noteRegistration(
    module: Module,
    call: ESTree.SimpleCallExpression,
    on: "socket" | "server" | "connection",
    method: string,
    walk: Walk,
  ): void {
    const event = this.#eventOf(module, call.arguments[0]) ?? "";
    const { context, entry } = walk;
    this.#flow.records.registrations.push({
      module,
      node: call,
      on,
      method,
      event,
      context,
      entry,
    });
  }

  /** What packages make that limits, locks or remembers in memory. */
  #noteMemory(module: Module, node: Call, callees: readonly Value[], walk: Walk): void {
    const { context, entry } = walk;
    const { limiters } = this.#flow.records;
    const limiter = limiterOf(callees);
    const name = limiter ?? statefulOf(callees);
    if (name === undefined) return;
    const kind = limiter === undefined ? "state" : "limiter";
    limiters.push({ module, node, name, kind, context, entry });
  }

  /** A socket's code that has something call it that goes on without it: an emitter, a broker, the process. */
  #noteListener(
    module: Module,
    call: ESTree.SimpleCallExpression,
    callee: ESTree.MemberExpression,
    { context, entry }: Walk,
  ): void {
    if (context.kind !== "connection" && !isLater(context)) return;
    if (!subscribesElsewhere(this.#flow, module, callee)) return;
    const functions = argumentsOf(call).flatMap((arg) => this.#functionsIn(module, arg));
    const concernsClient =
      functions.some((target) => usesSocket(this.#flow.evaluator, target)) ||
      argumentsOf(call).some((arg) => answersLater(this.#flow, module, arg));
    if (!concernsClient) return;
    const name = module.source.getText(callee).replace(/\s+/g, "").slice(0, 60);
    this.#flow.records.outside.push({ module, node: call, name, context, entry });
  }

  /** Packages' middlewares that keep what they know in memory. */
  #noteStores(module: Module, call: ESTree.SimpleCallExpression, { context, entry }: Walk): void {
    const { evaluator, records } = this.#flow;
    for (const arg of argumentsOf(call)) {
      const name = memoryStoreOf(evaluator, module, arg);
      if (name === undefined) continue;
      records.limiters.push({ module, node: arg, name, kind: "middleware", context, entry });
    }
  }

  // ---- time

  #readTimer(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): boolean {
    const method = timerOf(module, call);
    if (method === undefined) return false;
    const [, delay] = argumentsOf(call);
    const milliseconds = delay === undefined ? 0 : millisecondsOf(module, delay);
    const isWaited = isPause(call);
    const { context, entry, isGuarded } = walk;
    const seen = { module, node: call, context, entry };
    const timer = { method, milliseconds, isWaitedFor: isWaited, isGuarded };
    this.#flow.records.timers.push({ ...seen, ...timer });
    const inside = isWaited ? walk : this.#detached(module, call, walk, "a timer");
    const [callback] = argumentsOf(call);
    if (!callback) return true;
    for (const target of this.#functionsIn(module, callback))
      this.#enter(module, call, target, inside);
    return true;
  }

  /** Code that goes on beside what started it. */
  #detached(module: Module, call: Call, walk: Walk, name: string): Walk {
    if (walk.context.kind === "module" || walk.context.kind === "beside") return walk;
    const context = this.#flow.context("listener", name, call, module, walk.context);
    return { ...walk, context };
  }

  #later(module: Module, call: Call, walk: Walk, name: string): Walk {
    const context: Context = this.#flow.context("listener", name, call, module);
    return { ...walk, context };
  }

  /** A walk on in another module remembers where it left the one in question. */
  into(walk: Walk, from: Module, to: Module, call: ESTree.Node): Walk {
    const leaves = from === this.#flow.root && to !== from;
    return leaves
      ? { ...walk, entry: call }
      : to === this.#flow.root
        ? { ...walk, entry: undefined }
        : walk;
  }

  // ---- the world

  #noteOutside(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): void {
    const { evaluator, records } = this.#flow;
    const { context, entry } = walk;
    if (!isReplayed(walk)) return;
    const name = effectOf(evaluator, module, call);
    if (name !== undefined) records.effects.push({ module, node: call, name, context, entry });
  }

  /** `await socket.emitWithAck("name?")`, `socket.emit("name?", (name) => …)`. */
  #noteQuestion(
    module: Module,
    call: ESTree.SimpleCallExpression,
    method: string,
    walk: Walk,
  ): void {
    if (!isReplayed(walk) || isAskedOnce(module, call)) return;
    const last = argumentsOf(call).at(-1);
    const isEmit = method === "emit" || method === "send" || method === "write";
    const isAnswered = isEmit && last !== undefined && this.#functionsIn(module, last).length > 0;
    if (!isAnswered && method !== "emitWithAck") return;
    const { context, entry } = walk;
    const name = textOf(call.arguments[0]) ?? "an event";
    this.#flow.records.effects.push({
      module,
      node: call,
      name,
      isQuestion: true,
      context,
      entry,
    });
  }
}

/** Whether code runs again with each replay of its socket, without having asked whether it does. */
function isReplayed({ context, isGuarded }: Walk): boolean {
  return context.kind === "connection" && !isGuarded && !isLater(context);
}
