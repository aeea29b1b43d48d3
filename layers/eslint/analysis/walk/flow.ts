/**
 * Walks a module's code in the order in which it may run: from the top level through calls into
 * functions, also of other modules of the project, and into listeners when they are registered. What
 * matters to the rules is written down with the context it was seen in.
 */
import type * as ESTree from "estree";
import { initialValues } from "../code/initial-values.ts";
import { type Module, writtenName } from "../code/module.ts";
import { isLoader, isOurs } from "../code/packages.ts";
import type { Project } from "../code/project.ts";
import {
  type ClassNode,
  type CodeNode,
  contains,
  type FunctionNode,
  firstAwaitEnd,
  isClass,
  isFunction,
  parentOf,
  propertyName,
  unwrap,
  visit,
} from "../code/syntax.ts";
import { has, type Kind, ofKind, type Place, type Value } from "../code/value.ts";
import { Evaluator } from "../values/evaluator.ts";
import { membersOfShape, namesIn, rolesByName } from "../values/roles.ts";
import { CallReader } from "./calls.ts";
import { targetsOf } from "./changes.ts";
import { CodeWalk } from "./code-walk.ts";
import { type Context, type ContextKind, lineage, type Walk } from "./context.ts";
import { Records } from "./records.ts";
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
    const uncalled = this.#uncalled();
    // Whose code the others are is known when these have run.
    for (const node of uncalled) {
      if (!this.#walked.has(node) && this.#kindsOf(node).length > 0) this.#walkUncalled(node);
      this.#walkWaiting();
    }
    for (const node of uncalled) {
      if (!this.#walked.has(node)) this.#walkUncalled(node);
      this.#walkWaiting();
    }
  }

  /** Functions that nobody has called by now, the outer ones first. */
  #uncalled(): FunctionNode[] {
    const found: FunctionNode[] = [];
    visit(this.root.program, this.root.keys, (node) => {
      if (this.#awake.has(node)) return false;
      if (isFunction(node) && !this.#walked.has(node)) found.push(node);
      return true;
    });
    return found;
  }

  /** Which of a server and a socket a function is given that nobody in sight calls. */
  #kindsOf(node: FunctionNode): Kind[] {
    const { root, evaluator } = this;
    for (const [parameter, role] of rolesByName(root, node)) {
      const values = evaluator.evaluate(root, parameter);
      if (values.every(({ kind }) => kind === "state" || kind === "shape")) {
        evaluator.bind(root, parameter, [role]);
      }
    }
    const kinds = node.params.flatMap((parameter) => this.#kindsGiven(parameter));
    return kinds.filter((kind) => kind === "server" || kind === "socket");
  }

  /** A function that nobody in sight calls: for others to call, with a server or a socket. */
  #walkUncalled(node: FunctionNode): void {
    const { root } = this;
    const kinds = this.#kindsOf(node);
    const owner = parentOf(node);
    const gateway = owner && (gatewayMethod(owner) ?? this.#objectMethod(owner));
    if (gateway) {
      this.walkCode(root, node, this.#start(gateway.kind, gateway.name, node));
      return;
    }
    const made = this.#classMadeBy(node);
    if (made) {
      const isServers = kinds.includes("server");
      const kind = kinds.includes("socket") ? "connection" : isServers ? "setup" : "module";
      const walk =
        kind === "module" ? this.#startModule() : this.#start(kind, "the constructor", node);
      this.walkNew(root, made, walk);
    } else if (kinds.includes("socket")) {
      const registers = this.#registersListeners(node);
      const kind = registers ? "connection" : "helper";
      const name = registers ? "the connection listener" : `\`${nameOf(node)}\``;
      this.walkCode(root, node, this.#start(kind, name, node));
    } else if (kinds.includes("server")) {
      this.walkCode(root, node, this.#start("setup", "setup", node));
    } else this.walkCode(root, node, this.#startModule());
  }

  /** What a parameter is, or has in it by its type or where it is taken apart. */
  #kindsGiven(parameter: ESTree.Pattern): Kind[] {
    const values = namesIn(parameterOf(parameter) as ESTree.Pattern).flatMap((name) =>
      this.evaluator.evaluate(this.root, name),
    );
    const inside = ofKind(values, "shape").flatMap(membersOfShape);
    return [...values, ...inside].map(({ kind }) => kind);
  }

  /** The class whose constructor a function is. */
  #classMadeBy(node: FunctionNode): ClassNode | undefined {
    const owner = parentOf(node);
    const isMethod = owner?.type === "MethodDefinition" && owner.kind === "constructor";
    if (isMethod) return parentOf(parentOf(owner) as ESTree.Node) as ClassNode;
    return this.root.constructors.classOf(node);
  }

  /** A method of a Durable Object's own: for its requests, its alarm, its RPC. */
  #objectMethod(node: ESTree.Node): { kind: ContextKind; name: string } | undefined {
    const owner = parentOf(parentOf(node) ?? node);
    if (node.type !== "MethodDefinition" || !owner || !isClass(owner)) return undefined;
    // PartyServer and PartyKit call `onStart` with every wake.
    if (node.kind !== "method" || node.static || propertyName(node) === "onStart") return undefined;
    const made = owner.superClass && unwrap(owner.superClass);
    const isAwake =
      made?.type === "CallExpression" && made.arguments.some((setup) => this.#awake.has(setup));
    if (isAwake) return undefined;
    const parents = this.evaluator.evaluate(this.root, owner.superClass);
    const isObject = parents.some((value) => value.kind === "outside" && isOurs(value.name));
    return isObject ? { kind: "listener", name: `\`${propertyName(node)}\`` } : undefined;
  }

  #registersListeners(node: FunctionNode, depth = 1): boolean {
    return contains(node.body, this.root.keys, (inner) => {
      if (inner.type !== "CallExpression") return false;
      if (inner.callee.type === "Identifier") return depth > 0 && this.#handsOn(inner, depth - 1);
      if (inner.callee.type !== "MemberExpression") return false;
      if (!/^(on|once|onAny|use)$/.test(propertyName(inner.callee) ?? "")) return false;
      return this.evaluator
        .evaluate(this.root, inner.callee.object)
        .some(({ kind }) => kind === "socket");
    });
  }

  /** The one for all that nobody in sight calls, too: each by itself would walk all that it calls once more. */
  #startModule(): Walk {
    return this.#start("module", "the module", this.root.program);
  }

  /** `begin(socket)`, of a function of the module that registers the listeners. */
  #handsOn(call: ESTree.SimpleCallExpression, depth: number): boolean {
    const { evaluator, root } = this;
    const at = call.arguments.findIndex((given) => has(evaluator.evaluate(root, given), "socket"));
    if (at < 0) return false;
    return ofKind(evaluator.evaluate(root, call.callee), "function").some(({ module, node }) => {
      if (module !== root) return false;
      evaluator.bind(root, node.params[at], [{ kind: "socket" }]);
      return this.#registersListeners(node, depth);
    });
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

/** What NestJS calls a method of a gateway for. */
function gatewayMethod(node: ESTree.Node): { kind: ContextKind; name: string } | undefined {
  const owner = parentOf(parentOf(node) ?? node);
  if (node.type !== "MethodDefinition" || !owner || !isClass(owner)) return undefined;
  if (!hasDecorator(owner, "WebSocketGateway")) return undefined;
  const name = propertyName(node) ?? "";
  if (name === "handleConnection") return { kind: "connection", name: "the connection listener" };
  if (name === "handleDisconnect") return { kind: "listener", name: "`handleDisconnect`" };
  const isListener = hasDecorator(node, "SubscribeMessage");
  return isListener ? { kind: "listener", name: `\`${name}\`` } : undefined;
}

function hasDecorator(node: ESTree.Node, name: string): boolean {
  const { decorators } = node as { decorators?: { expression: ESTree.Node }[] };
  return (decorators ?? []).some(({ expression }) => {
    const callee = expression.type === "CallExpression" ? expression.callee : expression;
    return callee.type === "Identifier" && callee.name === name;
  });
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

function parameterOf(parameter: ESTree.Node): ESTree.Node {
  if (parameter.type === "AssignmentPattern") return parameter.left;
  const property = parameter as unknown as { type: string; parameter: ESTree.Node };
  return property.type === "TSParameterProperty" ? parameterOf(property.parameter) : parameter;
}

function nameOf(node: FunctionNode): string {
  if (node.type !== "ArrowFunctionExpression" && node.id) return node.id.name;
  const up = parentOf(node);
  if (up?.type === "VariableDeclarator" && up.id.type === "Identifier") return up.id.name;
  const isMember = up?.type === "MethodDefinition" || up?.type === "Property";
  return (isMember && propertyName(up)) || "a function";
}
