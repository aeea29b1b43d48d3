/** What calls of servers, of sockets and of their parts mean: who registers what, and whose code runs when. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { argumentsOf, propertyName, textOf } from "../code/syntax.ts";
import { has, ofKind, type Value } from "../code/value.ts";
import { memoryStoreOf } from "../values/in-memory.ts";
import { awaitsSockets } from "../values/roles.ts";
import { textBehind } from "../values/texts.ts";
import { isReplayed, type Walk } from "./context.ts";
import { isAskedOnce, isDoneAgain } from "./questions.ts";
import type { Call, Runs } from "./runs.ts";
import type { Walker } from "./walker.ts";

export const REGISTERS = new Set([
  ...["on", "once", "addListener", "prependListener", "prependOnceListener"],
  ...["onAny", "prependAny", "onAnyOutgoing", "prependAnyOutgoing"],
]);
const REMOVES = new Set([
  ...["off", "removeListener", "removeAllListeners", "offAny", "offAnyOutgoing"],
]);

/** Packages whose servers have connections of their own, and emitters emit. */
const OTHER_SERVERS = /^(node:)?(net|tls|https?|http2|events|ws|sockjs|primus|mqtt|aedes|peer)$/;

/** What a variable holds, or a package gives, of which nothing else is known: it may be a server of Socket.IO. */
function isUnknown(value: Value): boolean {
  if (value.kind === "outside") return !OTHER_SERVERS.test(value.name);
  return value.kind === "state" || value.kind === "shape";
}

export class ServerCalls {
  readonly #walker: Walker;
  readonly #runs: Runs;

  constructor(walker: Walker, runs: Runs) {
    this.#walker = walker;
    this.#runs = runs;
  }

  /** A method of a server, of a socket, or of what belongs to one. Returns false for those of others. */
  read(
    module: Module,
    call: ESTree.SimpleCallExpression,
    method: string,
    receivers: readonly Value[],
    walk: Walk,
  ): boolean {
    const part = (["serverPart", "connection"] as const).find((kind) => has(receivers, kind));
    if (has(receivers, "socket")) this.#readSocket(module, call, method, walk);
    else if (has(receivers, "server")) this.#readServer(module, call, method, walk);
    else if (has(receivers, "engine")) this.#readEngine(module, call, method, walk);
    else if (part !== undefined && (REGISTERS.has(method) || REMOVES.has(method))) {
      const on = part === "connection" ? "connection" : "server";
      this.#readPart(module, call, method, walk, on);
    } else if (method === "on" && receivers.every(isUnknown) && awaitsSockets(module, call)) {
      this.#readServer(module, call, method, walk);
    } else return false;
    return true;
  }

  /** `createServer`, and what it is given. */
  readSetup(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): void {
    const { evaluator } = this.#walker;
    const context = this.#walker.context("setup", "setup", call, module);
    const staysAwake = this.#staysAwake(module, call);
    for (const arg of argumentsOf(call)) {
      for (const setup of this.#runs.functionsIn(module, arg)) {
        if (staysAwake) {
          this.#walker.staysAwake(setup.node);
          continue;
        }
        evaluator.bind(setup.module, setup.node.params[0], [{ kind: "server" }]);
        evaluator.bind(setup.module, setup.node.params[1], [{ kind: "outside", name: "setup" }]);
        this.#runs.enter(module, call, setup, { ...walk, context });
      }
    }
    this.readOptions(module, call, walk);
  }

  /** `hibernate: false` among a server's options. */
  #staysAwake(module: Module, call: Call): boolean {
    return argumentsOf(call).some((arg) =>
      ofKind(this.#walker.evaluator.evaluate(module, arg), "object").some(({ node }) =>
        node.properties.some((property) => {
          if (property.type !== "Property" || propertyName(property) !== "hibernate") return false;
          return property.value.type === "Literal" && property.value.value === false;
        }),
      ),
    );
  }

  /** `allowRequest` and other functions among a server's options. */
  readOptions(module: Module, call: Call, walk: Walk): void {
    for (const arg of argumentsOf(call)) {
      for (const options of ofKind(this.#walker.evaluator.evaluate(module, arg), "object")) {
        for (const property of options.node.properties) {
          if (property.type !== "Property") continue;
          const name = `\`${propertyName(property)}\``;
          const context = this.#walker.context("middleware", name, property, options.module);
          for (const target of this.#runs.functionsIn(options.module, property.value)) {
            this.#runs.enter(module, call, target, { ...walk, context });
          }
        }
      }
    }
  }

  #readServer(module: Module, call: ESTree.SimpleCallExpression, method: string, walk: Walk): void {
    const args = argumentsOf(call);
    const event = this.#eventOf(module, args[0]);
    this.#noteQuestion(module, call, method, walk);
    this.#noteDoneAgain(module, call, method, walk);
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
      const inside = isSync ? walk : this.#runs.later(module, call, walk, `\`io.${method}\``);
      this.#runs.runArguments(module, call, inside);
      return;
    }
    this.#noteRegistration(module, call, "server", method, walk);
    if (isConnection) {
      this.#onConnection(module, call, args.slice(1), walk);
      return;
    }
    const later = this.#runs.later(module, call, walk, `the listener of "${event ?? "an event"}"`);
    for (const arg of args) {
      for (const target of this.#runs.functionsIn(module, arg)) {
        if (event === "new_namespace") {
          this.#walker.evaluator.bind(target.module, target.node.params[0], [{ kind: "server" }]);
        }
        this.#runs.enter(module, call, target, later);
      }
    }
  }

  #onConnection(
    module: Module,
    call: ESTree.SimpleCallExpression,
    listeners: readonly ESTree.Node[],
    walk: Walk,
  ): void {
    const context = this.#walker.context("connection", "the connection listener", call, module);
    for (const arg of listeners) {
      for (const target of this.#runs.functionsIn(module, arg)) {
        this.#walker.evaluator.bind(target.module, target.node.params[0], [{ kind: "socket" }]);
        this.#runs.enter(module, call, target, { ...walk, context, isGuarded: false });
      }
    }
  }

  #onMiddleware(module: Module, call: ESTree.SimpleCallExpression, walk: Walk): void {
    const context = this.#walker.context("middleware", "a middleware", call, module);
    this.#noteStores(module, call, walk);
    for (const arg of argumentsOf(call)) {
      for (const target of this.#runs.functionsIn(module, arg)) {
        this.#walker.evaluator.bind(target.module, target.node.params[0], [{ kind: "socket" }]);
        this.#runs.enter(module, call, target, { ...walk, context });
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
    const context = this.#walker.context(kind, name, call, module);
    if (isMiddleware) this.#noteStores(module, call, walk);
    this.#runs.runArguments(module, call, { ...walk, context });
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
    this.#runs.runArguments(module, call, this.#runs.later(module, call, walk, name));
  }

  #readSocket(module: Module, call: ESTree.SimpleCallExpression, method: string, walk: Walk): void {
    const [first] = argumentsOf(call);
    if (REGISTERS.has(method) || method === "use" || REMOVES.has(method)) {
      this.#noteRegistration(module, call, "socket", method, walk);
    }
    if (REMOVES.has(method)) return;
    this.#noteQuestion(module, call, method, walk);
    this.#noteDoneAgain(module, call, method, walk);
    const event = this.#eventOf(module, first);
    const name =
      method === "use"
        ? "a socket's middleware"
        : REGISTERS.has(method)
          ? `the listener of "${event ?? (method.includes("Any") ? "any event" : "an event")}"`
          : "an acknowledgement";
    const isNow = !REGISTERS.has(method) && method !== "use" && !/^emit/.test(method);
    this.#runs.runArguments(
      module,
      call,
      isNow ? walk : this.#runs.later(module, call, walk, name),
    );
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
    this.#walker.records.registrations.push({
      module,
      node: call,
      on,
      method,
      event,
      context,
      entry,
    });
  }

  /** Packages' middlewares that keep what they know in memory. */
  #noteStores(module: Module, call: ESTree.SimpleCallExpression, { context, entry }: Walk): void {
    const { evaluator, records } = this.#walker;
    for (const arg of argumentsOf(call)) {
      const name = memoryStoreOf(evaluator, module, arg);
      if (name === undefined) continue;
      records.limiters.push({ module, node: arg, name, kind: "middleware", context, entry });
    }
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
    const isAnswered =
      isEmit && last !== undefined && this.#runs.functionsIn(module, last).length > 0;
    if (!isAnswered && method !== "emitWithAck") return;
    const { context, entry } = walk;
    const name = textOf(call.arguments[0]) ?? "an event";
    this.#walker.records.effects.push({
      module,
      node: call,
      name,
      kind: "question",
      context,
      entry,
    });
  }

  /** `load().then((profile) => socket.emit("profile", profile))` */
  #noteDoneAgain(
    module: Module,
    call: ESTree.SimpleCallExpression,
    method: string,
    walk: Walk,
  ): void {
    if (!isDoneAgain(module, call, method, walk)) return;
    const { context, entry } = walk;
    const name = module.source.getText(call.callee).replace(/\s+/g, "").slice(0, 60);
    const seen = { module, node: call, name, context, entry };
    this.#walker.records.effects.push({ ...seen, kind: "beside" });
  }

  #eventOf(module: Module, node: ESTree.Node | undefined): string | undefined {
    return textBehind(this.#walker.evaluator, module, node);
  }
}
