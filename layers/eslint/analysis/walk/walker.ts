/** What the parts of a walk through a module's code need of the whole (flow.ts). */
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import type { ClassNode, CodeNode, FunctionNode } from "../code/syntax.ts";
import type { Value } from "../code/value.ts";
import type { Evaluator } from "../values/evaluator.ts";
import type { Context, ContextKind, Walk } from "./context.ts";
import type { Records } from "./records.ts";

export interface Contexts {
  /** In which contexts the code that declares something has run. */
  contextsOf(code: CodeNode | ClassNode): ReadonlySet<Context>;
}

/** Whether somebody waits for the end of code that is called, should it be asynchronous. */
export type CodeEnd = "awaited" | "unawaited";

export interface Walker extends Contexts {
  readonly evaluator: Evaluator;
  /** The module in question. */
  readonly root: Module;
  /** What was seen so far. */
  readonly records: Records;
  /** The one context of a kind that a node starts, of those that began elsewhere. */
  context(
    kind: ContextKind,
    name: string,
    node: ESTree.Node,
    module: Module,
    origin?: Context,
  ): Context;
  /** Walks a function's body, or a module's, once in each context. */
  walkCode(module: Module, code: CodeNode, walk: Walk, end?: CodeEnd): void;
  /** Walks what making an instance runs: fields and constructors, the parents' first. */
  walkNew(module: Module, owner: ClassNode, walk: Walk, args?: readonly (readonly Value[])[]): void;
  /** A server that never sleeps: nothing in its code is lost. */
  staysAwake(code: FunctionNode): void;
  /** What `setup` changes in this statement, it may read from the storage. */
  noteSetup(module: Module, node: ESTree.Node): void;
  /** What loads modules that could be any, as the code says it; undefined if nothing does. */
  unreadName(module: Module, node: ESTree.Node): string | undefined;
}
