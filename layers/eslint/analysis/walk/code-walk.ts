/** The walk through one function's body, or one module's, in one context. */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import {
  type ClassNode,
  isClass,
  isWithin,
  parentOf,
  propertyName,
  unwrap,
} from "../code/syntax.ts";
import { has, ofKind, type Place } from "../code/value.ts";
import { asksRestored, leavesIfRestored } from "../values/roles.ts";
import type { CallReader } from "./calls.ts";
import { targetsOf } from "./changes.ts";
import { type Context, entering, isLater, type Walk } from "./context.ts";
import { changedBy, kindOfDataChange } from "./data-changes.ts";
import { effectOfTag } from "./effects.ts";
import { isInForEach, propertySetBy } from "./late-properties.ts";
import { isBesideReplay } from "./questions.ts";
import type { Walker } from "./walker.ts";

/** One function's body in one context. */
export class CodeWalk {
  readonly #walker: Walker;
  readonly #module: Module;
  readonly #calls: CallReader;
  #walk: Walk;
  #detachedFrom = Number.POSITIVE_INFINITY;
  /** The loop over events that it is in, and what that is in. */
  #loop: { readonly node: ESTree.Node; readonly context: Context } | undefined;

  constructor(walker: Walker, module: Module, walk: Walk, calls: CallReader) {
    this.#walker = walker;
    this.#module = module;
    this.#walk = walk;
    this.#calls = calls;
  }

  /** Nobody waits for what comes after this offset. */
  detachAfter(offset: number | undefined): void {
    this.#detachedFrom = offset ?? this.#detachedFrom;
  }

  /** Statements; those after `if (socket.restored) return;` run in no replay. */
  list(statements: readonly ESTree.Node[]): void {
    const before = this.#walk;
    for (const statement of statements) {
      this.node(statement);
      if (leavesIfRestored(this.#module, statement))
        this.#walk = { ...this.#walk, isGuarded: true };
    }
    this.#walk = before;
  }

  node(node: ESTree.Node | null | undefined): void {
    if (!node) return;
    switch (node.type) {
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return;
      case "BlockStatement":
        this.list(node.body);
        return;
      case "IfStatement":
      case "ConditionalExpression":
        this.#branches(node.test, [node.consequent, node.alternate]);
        return;
      case "LogicalExpression":
        this.#branches(node.left, [node.right]);
        return;
      case "ForOfStatement":
        if (!this.#isEventLoop(node)) break;
        this.#eventLoop(node);
        return;
    }
    if (isClass(node)) {
      this.#class(node);
      return;
    }
    this.#look(node);
    for (const key of this.#module.keys[node.type] ?? []) {
      const below = (node as unknown as Record<string, unknown>)[key];
      for (const child of Array.isArray(below) ? below : [below]) {
        if (child && typeof child.type === "string") this.node(child);
      }
    }
  }

  /** `for await (const [text] of on(socket, "say"))`: a replay begins it anew, and its variables. */
  #isEventLoop({ await: isAsync, right }: ESTree.ForOfStatement): boolean {
    const call = unwrap(right);
    if (!isAsync || this.#walk.context.kind !== "connection" || call.type !== "CallExpression")
      return false;
    const callee = unwrap(call.callee);
    if (callee.type === "MemberExpression") return propertyName(callee) === "on";
    return callee.type === "Identifier" && callee.name === "on";
  }

  #eventLoop(loop: ESTree.ForOfStatement): void {
    this.node(loop.right);
    const before = this.#walk;
    const name = "the loop over events";
    const context = this.#walker.context("listener", name, loop, this.#module);
    this.#walk = { ...before, context };
    this.#loop = { node: loop, context: before.context };
    this.node(loop.body);
    this.#loop = undefined;
    this.#walk = before;
  }

  #branches(test: ESTree.Node, branches: readonly (ESTree.Node | null | undefined)[]): void {
    this.node(test);
    const before = this.#walk;
    if (asksRestored(this.#module, test)) this.#walk = { ...before, isGuarded: true };
    for (const branch of branches) this.node(branch);
    this.#walk = before;
  }

  /** Of a class only what runs with its declaration. */
  #class(node: ClassNode): void {
    this.node(node.superClass);
    for (const element of node.body.body) {
      if (element.type === "StaticBlock") this.list(element.body);
      if (element.type === "PropertyDefinition" && element.static) this.node(element.value);
    }
  }

  #look(node: ESTree.Node): void {
    const walk = this.#walkAt(node);
    const { evaluator, records } = this.#walker;
    const module = this.#module;
    const seen = { module, node, context: walk.context, entry: walk.entry };
    const targets = targetsOf(evaluator, module, node);
    for (const { place, stored } of targets) {
      // Of `map.set(key, value)` the value.
      const isSet = stored.length === 2 && isCallOf(node, "set");
      for (const value of isSet ? stored.slice(1) : stored)
        evaluator.fill(place, evaluator.evaluate(module, value));
    }
    this.#runAccessors(node, walk);
    if (node.type === "AssignmentExpression") this.#runReplaced(node, walk);
    if (walk.context.kind === "setup") this.#walker.noteSetup(module, node);
    else if (walk.context.kind !== "module") {
      for (const target of targets) {
        const context = this.#contextOf(target.place, walk.context);
        records.changes.push({ ...seen, ...target, context });
      }
    }
    if (walk.context.kind !== "module") {
      const name = propertySetBy(evaluator, module, node);
      if (name !== undefined) {
        // An assignment happens at its end: `socket.country = await load()`.
        const isDetached = this.#isDetached(node.range?.[1]) || isInForEach(module, node);
        records.properties.push({ ...seen, name, isDetached });
      }
    }
    this.#noteDataChangedAgain(node);
    const loaded = this.#walker.unreadName(module, node);
    if (loaded !== undefined) records.unread.push({ ...seen, name: loaded });
    if (node.type === "CallExpression" || node.type === "NewExpression") {
      this.#calls.read(module, node, walk);
    }
    if (node.type === "TaggedTemplateExpression") this.#runTag(node, walk);
    if (node.type === "TaggedTemplateExpression" && walk.context.kind === "connection") {
      const name = walk.isGuarded ? undefined : effectOfTag(evaluator, module, node);
      if (name !== undefined) records.effects.push({ ...seen, name, kind: "effect" });
    }
  }

  /** Data that is changed beside a connection listener: a replay undoes what the listener itself does, and not this. */
  #noteDataChangedAgain(node: ESTree.Node): void {
    const module = this.#module;
    const kind = kindOfDataChange(this.#walker.evaluator, module, node);
    if (kind === undefined) return;
    // An assignment happens at its end.
    const walk = this.#walkAt(node, node.range?.[1]);
    if (!isBesideReplay(module, node, walk)) return;
    const { context, entry } = walk;
    const name = module.source.getText(changedBy(node)).replace(/\s+/g, " ").slice(0, 60);
    this.#walker.records.effects.push({ module, node, name, kind, context, entry });
  }

  /** What a turn of a loop declares is there as long as the turn. */
  #contextOf({ module, declaration }: Place, context: Context): Context {
    const loop = module === this.#module ? this.#loop : undefined;
    return loop && isWithin(declaration, loop.node) ? loop.context : context;
  }

  /** `room.title = name`, `Rooms.instance`, where a class has code for these. */
  #runAccessors(node: ESTree.Node, walk: Walk): void {
    if (node.type !== "MemberExpression") return;
    const { evaluator } = this.#walker;
    for (const kind of accessedBy(node)) {
      const holders = evaluator.evaluate(this.#module, node.object);
      for (const { module, node: code } of evaluator.accessorsOf(this.#module, node, kind)) {
        evaluator.bindThis(code, holders);
        const step = { from: this.#module, to: module, by: node };
        this.#walker.walkCode(module, code, entering(walk, this.#walker.root, step));
      }
    }
  }

  /** `log`said ${text}``, of a function of the project. */
  #runTag({ tag }: ESTree.TaggedTemplateExpression, walk: Walk): void {
    const { evaluator, root } = this.#walker;
    for (const { module, node } of ofKind(evaluator.evaluate(this.#module, tag), "function")) {
      const step = { from: this.#module, to: module, by: tag };
      this.#walker.walkCode(module, node, entering(walk, root, step));
    }
  }

  /** `socket.onevent = (packet) => …`: every event of the client's comes by it. */
  #runReplaced({ left, right }: ESTree.AssignmentExpression, walk: Walk): void {
    const target = unwrap(left);
    if (target.type !== "MemberExpression" || propertyName(target) !== "onevent") return;
    const { evaluator } = this.#walker;
    if (!has(evaluator.evaluate(this.#module, target.object), "socket")) return;
    const context = this.#walker.context("listener", "`onevent`", target, this.#module);
    for (const { module, node } of ofKind(evaluator.evaluate(this.#module, right), "function")) {
      const step = { from: this.#module, to: module, by: target };
      this.#walker.walkCode(module, node, entering({ ...walk, context }, this.#walker.root, step));
    }
  }

  #isDetached(offset = 0): boolean {
    return offset >= this.#detachedFrom;
  }

  #walkAt(node: ESTree.Node, offset = node.range?.[0]): Walk {
    const walk = this.#walk;
    if (!this.#isDetached(offset) || isLater(walk.context)) return walk;
    const { kind } = walk.context;
    if (kind !== "connection" && kind !== "setup") return walk;
    const context = this.#walker.context(
      "listener",
      "what runs after an await that nobody waits for",
      node,
      this.#module,
      walk.context,
    );
    return { ...walk, context };
  }
}

function isCallOf(node: ESTree.Node, method: string): boolean {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  return propertyName(node.callee) === method;
}

/** `room.count` is read, `room.count = 1` assigned; `room.count += 1` is both. */
function accessedBy(node: ESTree.Node): readonly ("get" | "set")[] {
  const up = parentOf(node);
  if (up?.type === "UpdateExpression") return ["get", "set"];
  if (up?.type !== "AssignmentExpression" || up.left !== node) return ["get"];
  return up.operator === "=" ? ["set"] : ["get", "set"];
}
