/**
 * Walks a module's code in the order in which it may run: from the top level through calls into
 * functions, also of other modules of the project, and into listeners when they are registered. What
 * matters to the rules is written down with the context it was seen in.
 */
import type * as ESTree from "estree";
import { initialValues } from "../code/initial-values.ts";
import { type Module, writtenName } from "../code/module.ts";
import { isLoader } from "../code/packages.ts";
import type { Project } from "../code/project.ts";
import {
  type ClassNode,
  type CodeNode,
  contains,
  type FunctionNode,
  firstAwaitEnd,
  isFunction,
  parentOf,
  propertyName,
  visit,
} from "../code/syntax.ts";
import { ofKind, type Place, type Value } from "../code/value.ts";
import { Evaluator } from "../values/evaluator.ts";
import { CallReader } from "./calls.ts";
import { targetsOf } from "./changes.ts";
import { CodeWalk } from "./code-walk.ts";
import { type Context, lineage, type Walk } from "./context.ts";
import { Records } from "./records.ts";
import { Uncalled } from "./uncalled.ts";
import type { CodeEnd, Walker } from "./walker.ts";

/** Calls that lead deeper than this are walked when those around them have been: the stack has an end. */
const DEEPEST_CALL = 100;
/** Each pass may learn what parameters are; more than a few happen to no real program. */
const MOST_PASSES = 8;

export class Flow implements Walker {
  readonly evaluator: Evaluator;
  readonly root: Module;
  /** The names of files that it imports, and that are too large to be looked at. */
  readonly unread: readonly string[];
  /** Whether all that it might find was looked at. */
  readonly isWhole: boolean;
  records = new Records();
  readonly #project: Project;
  readonly #calls: CallReader;
  readonly #uncalled: Uncalled;
  readonly #loaded = new Set<Place>();
  readonly #awake = new Set<ESTree.Node>();
  #walked = new Map<ESTree.Node, Set<Context>>();
  #done = new Set<string>();
  #depth = 0;
  /** What is walked later. */
  readonly #waiting: (() => void)[] = [];
  readonly #contexts = new Map<string, Context>();
  readonly #numbers = new Map<object, number>();

  constructor(project: Project, root: Module) {
    this.root = root;
    this.#project = project;
    this.evaluator = new Evaluator(project);
    this.#calls = new CallReader(this);
    this.#uncalled = new Uncalled(this.evaluator, root, this.#awake);
    let before: number;
    let passes = 0;
    do {
      before = this.evaluator.knowledge.size;
      this.evaluator.beginPass();
      this.records = new Records();
      this.#walked = new Map();
      this.#done = new Set();
      this.#pass();
      passes += 1;
    } while (this.evaluator.knowledge.size !== before && passes < MOST_PASSES);
    this.isWhole = this.evaluator.knowledge.size === before && !this.evaluator.isExhausted;
    this.unread = project.tooLargeFor(root);
  }

  /** Those whose code was looked at. */
  get modules(): ReadonlySet<Module> {
    return this.evaluator.modules;
  }

  /** In which contexts the code that declares something has run. */
  contextsOf(code: CodeNode | ClassNode): ReadonlySet<Context> {
    return this.#walked.get(code) ?? new Set();
  }

  /** Whether `setup` fills a place from the object's storage, so that it is there again. */
  isLoaded(place: Place): boolean {
    const { evaluator } = this;
    const values = initialValues(place);
    return (
      this.#loaded.has(place) ||
      values.some((value) => isFromStorage(evaluator, place.module, value))
    );
  }

  /** What `setup` changes in this statement, it may read from the storage. */
  noteSetup(module: Module, node: ESTree.Node): void {
    const { evaluator } = this;
    for (const { place } of targetsOf(evaluator, module, node)) {
      let statement = parentOf(node);
      while (statement && !STATEMENTS.test(statement.type)) statement = parentOf(statement);
      const loop = statement && parentOf(parentOf(statement) ?? statement);
      const around = [statement, loop?.type === "ForOfStatement" ? loop.right : undefined];
      if (around.some((part) => part && isFromStorage(evaluator, module, part))) {
        this.#loaded.add(place);
      }
    }
  }

  /** What loads modules that could be any, as the code says it; undefined if nothing does. */
  unreadName(module: Module, node: ESTree.Node): string | undefined {
    const text = (part: ESTree.Node) =>
      module.source.getText(part).replace(/\s+/g, " ").replaceAll("`", '"').slice(0, 60);
    const name = module.loadedBy(node);
    if (name) {
      const isKnown = writtenName(name) !== undefined || this.#project.filesLoaded(module, name);
      return isKnown ? undefined : text(name);
    }
    if (node.type !== "CallExpression") return undefined;
    const { callee } = node;
    const isBundlers =
      callee.type === "MemberExpression" && LOADS_MANY.test(propertyName(callee) ?? "");
    if (isBundlers && /^(import\.meta\.glob|require\.context)$/.test(text(callee)))
      return text(node);
    const loaders = ofKind(this.evaluator.evaluate(module, callee), "package").filter(isLoader);
    return loaders.length > 0 ? text(node) : undefined;
  }

  /** A server that never sleeps: nothing in its code is lost. */
  staysAwake(code: FunctionNode): void {
    this.#awake.add(code);
  }

  #pass(): void {
    const { root } = this;
    const walk = this.#startModule();
    this.#depth = 0;
    this.walkCode(root, root.program, walk);
    for (const { module, node } of this.evaluator.named.makers) this.walkCode(module, node, walk);
    this.#walkWaiting();
    const uncalled = this.#notWalked();
    // Whose code the others are is known when these have run.
    for (const node of uncalled) {
      if (!this.#walked.has(node) && this.#uncalled.kindsOf(node).length > 0)
        this.#walkUncalled(node);
      this.#walkWaiting();
    }
    for (const node of uncalled) {
      if (!this.#walked.has(node)) this.#walkUncalled(node);
      this.#walkWaiting();
    }
  }

  /** Functions that nobody has called by now, the outer ones first. */
  #notWalked(): FunctionNode[] {
    const found: FunctionNode[] = [];
    visit(this.root.program, this.root.keys, (node) => {
      if (this.#awake.has(node)) return false;
      if (isFunction(node) && !this.#walked.has(node)) found.push(node);
      return true;
    });
    return found;
  }

  /** The one for all that nobody in sight calls, too: each by itself would walk all that it calls once more. */
  #startModule(): Walk {
    return this.#start("module", "the module", this.root.program);
  }

  /** A function that nobody in sight calls: for others to call, with a server or a socket. */
  #walkUncalled(node: FunctionNode): void {
    const { runsAs, made } = this.#uncalled.beginningOf(node);
    const walk = runsAs ? this.#start(runsAs.kind, runsAs.name, node) : this.#startModule();
    if (made) this.walkNew(this.root, made, walk);
    else this.walkCode(this.root, node, walk);
  }

  #start(kind: Context["kind"], name: string, node: ESTree.Node): Walk {
    return {
      context: this.context(kind, name, node, this.root),
      isGuarded: false,
      entry: undefined,
    };
  }

  /** The one context of a kind that a node starts, of those that began elsewhere. */
  context(
    kind: Context["kind"],
    name: string,
    node: ESTree.Node,
    module: Module,
    origin?: Context,
  ): Context {
    // A timer that sets itself again.
    const same = origin && lineage(origin).find((earlier) => earlier.node === node);
    if (same) return same;
    const key = [kind, name, this.#number(node), origin ? this.#number(origin) : ""].join(" ");
    const known = this.#contexts.get(key);
    if (known) return known;
    const context = { kind, name, node, module, ...(origin && { origin }) };
    this.#contexts.set(key, context);
    return context;
  }

  #number(thing: object): number {
    const known = this.#numbers.get(thing);
    if (known !== undefined) return known;
    this.#numbers.set(thing, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  /** Walks a function's body, or a module's, once in each context. */
  walkCode(module: Module, code: CodeNode, walk: Walk, end: CodeEnd = "awaited"): void {
    const key = `${this.#number(code)} ${this.#number(walk.context)} ${walk.isGuarded} ${end}`;
    if (this.#done.has(key)) return;
    this.#done.add(key);
    this.evaluator.addModule(module);
    this.#note(code, walk.context);
    const walkIt = () => this.#walkBody(module, code, walk, end);
    if (this.#depth >= DEEPEST_CALL) this.#waiting.push(walkIt);
    else walkIt();
  }

  /** What was too deep to be walked where it is called. */
  #walkWaiting(): void {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next();
  }

  #walkBody(module: Module, code: CodeNode, walk: Walk, end: CodeEnd): void {
    this.#depth += 1;
    const inside = new CodeWalk(this, module, walk, this.#calls);
    if (code.type === "Program") {
      inside.list(code.body);
    } else this.#walkFunction(module, code, inside, end);
    this.#depth -= 1;
  }

  #walkFunction(module: Module, code: FunctionNode, inside: CodeWalk, end: CodeEnd): void {
    if (code.async && code.body && end === "unawaited")
      inside.detachAfter(firstAwaitEnd(code, module.keys));
    for (const parameter of code.params) inside.node(parameter);
    // TypeScript's overloads have none.
    if (!code.body) return;
    if (code.body.type === "BlockStatement") inside.list(code.body.body);
    else inside.node(code.body);
  }

  /** Walks what making an instance runs: fields and constructors, the parents' first. */
  walkNew(
    module: Module,
    owner: ClassNode,
    walk: Walk,
    args: readonly (readonly Value[])[] = [],
  ): void {
    this.#note(owner, walk.context);
    for (const parent of this.evaluator.evaluate(module, owner.superClass)) {
      if (parent.kind === "class") this.walkNew(parent.module, parent.node, walk);
    }
    for (const element of owner.body.body) {
      if (element.type === "PropertyDefinition" && !element.static && element.value) {
        new CodeWalk(this, module, walk, this.#calls).node(element.value);
      }
      if (element.type !== "MethodDefinition" || element.kind !== "constructor") continue;
      element.value.params.forEach((parameter, index) => {
        this.evaluator.bind(module, parameter, args[index] ?? []);
      });
      this.walkCode(module, element.value, walk);
    }
  }

  #note(code: ESTree.Node, context: Context): void {
    const contexts = this.#walked.get(code) ?? new Set();
    contexts.add(context);
    this.#walked.set(code, contexts);
  }
}

/** What bundlers offer for the modules of a folder. */
const LOADS_MANY = /^(glob|context)$/;
const STATEMENTS = /(Statement|Declaration)$/;

/** Whether something in an expression comes from what `setup` is given: `ctx.storage`, `env`. */
function isFromStorage(evaluator: Evaluator, module: Module, expression: ESTree.Node): boolean {
  return contains(expression, module.keys, (node) => {
    if (node.type !== "CallExpression") return false;
    const values = evaluator.evaluate(module, node);
    return values.some((value) => value.kind === "outside" && value.name === "setup");
  });
}
