/**
 * Says what an expression may stand for: follows variables to what was assigned to them, parameters to
 * what they were called with, imports to other modules, and members into classes and objects.
 */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import { initialValues } from "../code/initial-values.ts";
import { isExportsObject, isGlobalObject, type Module } from "../code/module.ts";
import type { Project } from "../code/project.ts";
import {
  contains,
  elementsOf,
  type FunctionNode,
  functionOfThis,
  isFunction,
  isStaticCode,
  parentOf,
  propertyName,
  returnsOf,
  type TypeNode,
  takenFrom,
  unwrap,
} from "../code/syntax.ts";
import { asCopy, has, ofKind, type Place, union, type Value } from "../code/value.ts";
import { Imports } from "./imports.ts";
import { Members } from "./members.ts";
import { NamedInstances } from "./named-instances.ts";
import { Properties } from "./properties.ts";
import { Results } from "./results.ts";
import { roleOf, roleOfAnnotation, roleOfDeclared, roleOfName } from "./roles.ts";

/** Expressions that lead to each other in circles, or very far, stand for nothing. */
const DEEPEST = 80;
/** Only what machines have written takes more; the rest of it is not looked at, which is told. */
const MOST_STEPS = 500_000;
const MOST_VALUES = 50;

/** What is looked for in collections. */
const CALLED = new Set<Value["kind"]>(["function", "instance", "class"]);

/** What an expression makes anew each time. */
const MADE = new Set<Value["kind"]>(["object", "instance"]);

/** Something that a collection is made with. */
interface Element {
  readonly module: Module;
  readonly node: ESTree.Node;
}

export class Evaluator {
  readonly #imports: Imports;
  readonly #members: Members;
  readonly #results: Results;
  readonly #parameters = new Map<Scope.Variable, Value[]>();
  readonly #receivers = new Map<FunctionNode, Value[]>();
  /** What functions are methods of that were added to prototypes elsewhere. */
  readonly #owners = new Map<FunctionNode, Value[]>();
  readonly #contents = new Map<ESTree.Node, Value[]>();
  /** What the places were made with, where that is written down. */
  readonly #elements = new Map<Place, Element[]>();
  readonly #accessors = new Set<string>();
  readonly #places = new Map<ESTree.Node, Place>();
  readonly properties: Properties;
  readonly named: NamedInstances;
  /** Those whose code was looked at, the one in question first. */
  readonly modules = new Set<Module>();
  /** Grows with everything learnt. */
  knowledge = 0;
  /** What is being asked for at the moment. */
  readonly #open = new Set<unknown>();
  /** The functions whose results are being asked for. */
  readonly #returning = new Set<FunctionNode>();
  /** Answers, as long as nothing new is learnt. */
  readonly #known = new Map<ESTree.Node, Value[]>();
  #givenUp = 0;
  #steps = 0;
  #hasDropped = false;

  constructor(project: Project) {
    this.#imports = new Imports(this, project);
    this.#members = new Members(this, this.#imports);
    this.properties = new Properties(this);
    this.named = new NamedInstances(this, this.#imports);
    this.#results = new Results(this, this.#imports);
  }

  /** What hangs on a server, or on an application, may be hung there by any module. */
  addModule(module: Module): void {
    if (this.modules.has(module)) return;
    this.modules.add(module);
    for (const name of module.accessors) this.#accessors.add(name);
    this.knowledge += 1;
  }

  /** The code is walked again, with all that was learnt by now. */
  beginPass(): void {
    this.#known.clear();
  }

  /** Whether there was more than is looked at: what is not may be anything. */
  get isExhausted(): boolean {
    return this.#steps > MOST_STEPS || this.#hasDropped;
  }

  /** A parameter, or an element of one that is taken apart, may have these values. */
  bind(module: Module, pattern: ESTree.Node | undefined, values: readonly Value[]): void {
    if (!pattern || values.length === 0) return;
    switch (pattern.type) {
      case "Identifier": {
        const variable = module.variableOf(pattern);
        if (variable) this.#learn(this.#parameters, variable, values);
        return;
      }
      case "AssignmentPattern":
        this.bind(module, pattern.left, values);
        return;
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type === "RestElement") continue;
          const name = propertyName(property);
          if (name !== undefined) this.bind(module, property.value, this.member(values, name));
        }
        return;
      case "ArrayPattern":
        for (const element of pattern.elements)
          this.bind(module, element ?? undefined, this.partsOf(values));
        return;
      case "RestElement":
        // A list of these, of which the functions matter.
        this.bind(
          module,
          pattern.argument,
          values.filter(({ kind }) => CALLED.has(kind)),
        );
        return;
    }
    const parameter = pattern as unknown as { type: string; parameter: ESTree.Node };
    if (parameter.type === "TSParameterProperty") this.bind(module, parameter.parameter, values);
  }

  /** A collection may hold these: functions that are called by a name, instances. */
  fill(place: Place, values: readonly Value[]): void {
    const held = values.filter((value) => CALLED.has(value.kind) || isTable(value));
    const known = this.#contents.get(place.declaration) ?? [];
    const all = union(known, held);
    if (all.length === known.length || known.length >= MOST_VALUES) return;
    this.#contents.set(place.declaration, all);
    this.knowledge += 1;
  }

  /** A function may be called as a method of these. */
  bindThis(node: FunctionNode, values: readonly Value[]): void {
    if (node.type !== "ArrowFunctionExpression") this.#learn(this.#receivers, node, values);
  }

  /** A function is a method of these, whatever holds them where it is called. */
  addMethod(node: FunctionNode, owners: readonly Value[]): void {
    if (node.type !== "ArrowFunctionExpression") this.#learn(this.#owners, node, owners);
  }

  #learn<K>(map: Map<K, Value[]>, key: K, values: readonly Value[]): void {
    const known = map.get(key) ?? [];
    const all = union(known, values);
    if (all.length === known.length) return;
    if (known.length >= MOST_VALUES) {
      this.#hasDropped = true;
      return;
    }
    map.set(key, all);
    this.knowledge += 1;
    this.#known.clear();
  }

  /** What an expression may stand for; nothing if that does not matter, or is not known. */
  evaluate(module: Module, expression: ESTree.Node | null | undefined): Value[] {
    if (!expression) return [];
    const known = this.#known.get(expression);
    if (known) return known;
    if (this.#open.size > DEEPEST || this.#open.has(expression) || this.#steps > MOST_STEPS) {
      return this.#giveUp();
    }
    this.#steps += 1;
    const before = this.#givenUp;
    this.#open.add(expression);
    const values = this.#evaluate(module, unwrap(expression));
    this.#open.delete(expression);
    // What was cut short inside of a circle may be more when it is asked for from elsewhere.
    const isWhole = this.#givenUp === before || this.#open.size === 0;
    if (isWhole) this.#known.set(expression, values);
    return values;
  }

  #giveUp(): Value[] {
    this.#givenUp += 1;
    return [];
  }

  #evaluate(module: Module, node: ESTree.Node): Value[] {
    switch (node.type) {
      case "Identifier":
        return this.#identifier(module, node);
      case "ThisExpression":
        return this.#this(module, node);
      case "MemberExpression":
        return this.#memberExpression(module, node);
      case "CallExpression":
        return this.#results.ofCall(module, node);
      case "NewExpression":
        return this.#results.ofNew(module, node);
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.#function(module, node);
      case "ClassDeclaration":
      case "ClassExpression":
        return [{ kind: "class", module, node }];
      case "ObjectExpression":
        return [{ kind: "object", module, node }];
      case "AwaitExpression":
        return this.evaluate(module, node.argument);
      case "AssignmentExpression":
        if (node.operator.length < 3) return this.evaluate(module, node.right);
        return union(this.evaluate(module, node.left), this.evaluate(module, node.right));
      case "LogicalExpression":
        return union(this.evaluate(module, node.left), this.evaluate(module, node.right));
      case "ConditionalExpression":
        return union(this.evaluate(module, node.consequent), this.evaluate(module, node.alternate));
      case "SequenceExpression":
        return this.evaluate(module, node.expressions.at(-1));
      case "ArrayExpression":
        return this.#list(module, node);
      case "ImportExpression":
        return this.#imports.loaded(module, node.source);
      default:
        return [];
    }
  }

  #function(module: Module, node: FunctionNode): Value[] {
    const owner = module.constructors.classOf(node);
    const values: Value[] = [{ kind: "function", module, node }];
    return owner ? [...values, { kind: "class", module, node: owner }] : values;
  }

  /** `[...users.values()]`, `[join, leave]`: of what is in it what others are copies of, functions, classes. */
  #list(module: Module, node: ESTree.ArrayExpression): Value[] {
    const values: Value[][] = [];
    for (const element of node.elements) {
      if (element?.type === "SpreadElement") {
        values.push(this.evaluate(module, element.argument).map(asCopy));
      } else if (element) {
        const held = this.evaluate(module, element);
        values.push(held.filter(({ kind }) => kind === "function" || kind === "class"));
      }
    }
    return union(...values);
  }

  #identifier(module: Module, node: ESTree.Identifier): Value[] {
    const variable = module.variableOf(node);
    return variable ? this.variable(module, variable) : this.#global(module, node.name);
  }

  #global(module: Module, name: string): Value[] {
    if (name === "exports") return [{ kind: "module", module }];
    const place = this.globalPlace(module, name);
    return place ? [{ kind: "state", place, isCopy: false }] : [];
  }

  /** A global variable of the project's own as a place of state. */
  globalPlace(module: Module, name: string): Place | undefined {
    const declaration = module.globalOf(name);
    return declaration && this.place(declaration, { module, declaration, name });
  }

  /** What a variable may hold, and the variable itself as a place of state. */
  variable(module: Module, variable: Scope.Variable): Value[] {
    if (this.#open.has(variable)) return this.#giveUp();
    this.#open.add(variable);
    try {
      const def = variable.defs[0];
      // TypeScript's names of types, which ESLint's own declarations do not know.
      if ((def?.type as string) === "Type")
        return this.#type(module, def?.node as unknown as TypeNode);
      if ((def?.type as string) === "TSEnumName") {
        return [{ kind: "enum", module, node: def?.node as unknown as TypeNode }];
      }
      if ((def?.type as string) === "TSModuleName") {
        return [{ kind: "namespace", module, node: def?.node as unknown as TypeNode }];
      }
      switch (def?.type) {
        case "ImportBinding":
          if (this.#imports.isData(def.node, def.parent as ESTree.ImportDeclaration)) {
            return [{ kind: "state", place: this.placeOf(module, variable), isCopy: false }];
          }
          return this.#imports.binding(module, def.node, def.parent as ESTree.ImportDeclaration);
        case "FunctionName":
        case "ClassName":
          return this.evaluate(module, def.node as ESTree.Node);
        case "Parameter":
          return this.#parameter(module, variable);
        case "Variable":
          return this.#assigned(module, variable);
        default:
          return [];
      }
    } finally {
      this.#open.delete(variable);
    }
  }

  /** Gives what a name means in a module, also a type's. */
  resolver(module: Module) {
    return (identifier: ESTree.Identifier) => this.#identifier(module, identifier);
  }

  /** What a type's name says of the values that have it. */
  roleOfType(module: Module, name: ESTree.Node): Value["kind"] | undefined {
    return roleOfName(name as unknown as TypeNode, this.resolver(module))?.kind;
  }

  #type(module: Module, node: TypeNode): Value[] {
    const role = roleOf(node, this.resolver(module));
    return role ? [role] : [];
  }

  #parameter(module: Module, variable: Scope.Variable): Value[] {
    const identifier = variable.identifiers[0] as ESTree.Node;
    const up = parentOf(identifier);
    const isOptional = up?.type === "AssignmentPattern" && up.left === identifier;
    const given = union(this.#parameters.get(variable) ?? [], this.#typed(module, variable));
    const fallback = isOptional ? this.evaluate(module, up.right) : [];
    const known = union(given, fallback);
    // `function play(socket, state = { lives: 3 })`: what nobody gives is made with each call.
    const isMade = given.length === 0 && fallback.every(({ kind }) => MADE.has(kind));
    if (!isMade && known.some(({ kind }) => kind !== "shape")) return known;
    const place = this.placeOf(module, variable);
    return [...known, { kind: "state", place, isCopy: false }];
  }

  /** What types say of a variable: its own, or that of what it is taken out of. */
  #typed(module: Module, variable: Scope.Variable): Value[] {
    const resolve = this.resolver(module);
    const role = roleOfDeclared(variable, resolve);
    if (role) return [role];
    const taken = takenFrom(variable.identifiers[0] as ESTree.Node);
    if (taken?.pattern.type !== "ObjectPattern") return [];
    const whole = roleOfAnnotation(taken.pattern as unknown as TypeNode, resolve);
    return whole ? this.#follow([whole], taken.steps) : [];
  }

  /** What is taken out of these by names, and places in lists. */
  #follow(values: readonly Value[], steps: readonly (string | undefined)[]): Value[] {
    return steps.reduce<Value[]>(
      (holders, step) => (step === undefined ? this.partsOf(holders) : this.member(holders, step)),
      [...values],
    );
  }

  #assigned(module: Module, variable: Scope.Variable): Value[] {
    const values = union(this.#parameters.get(variable) ?? []);
    for (const reference of variable.references) {
      if (!reference.isWrite() || !reference.writeExpr) continue;
      const identifier = reference.identifier as ESTree.Node;
      values.push(...this.#written(module, identifier, reference.writeExpr));
    }
    const byType = roleOfDeclared(variable, this.resolver(module));
    if (byType) values.push(byType);
    // `const self = this`
    if (values.length > 0 && variable.references.every(isGivenThis)) return union(values);
    const isAlias = values.some(({ kind }) => kind === "state" || kind === "kept");
    const isRole = has(values, "server") || has(values, "socket") || has(values, "sockets");
    if (isAlias && !isRole) return union(values);
    const place = this.placeOf(module, variable);
    return union(values, [{ kind: "state", place, isCopy: false }]);
  }

  /** What one assignment gives a variable, which may be deep in a pattern. */
  #written(module: Module, identifier: ESTree.Node, expression: ESTree.Node): Value[] {
    const taken = takenFrom(identifier);
    if (!taken) return [];
    const holder = parentOf(taken.pattern);
    let values = this.evaluate(module, expression);
    const loop =
      holder?.type === "VariableDeclarator" ? parentOf(parentOf(holder) as ESTree.Node) : holder;
    if (
      loop &&
      (loop.type === "ForOfStatement" || loop.type === "ForInStatement") &&
      loop.right === expression
    ) {
      values = loop.type === "ForOfStatement" ? this.elementsOf(module, expression) : [];
    }
    return this.#follow(values, taken.steps);
  }

  /** What a loop over an expression gets: of a list that is written down, `[socket, other]`, each element. */
  elementsOf(module: Module, expression: ESTree.Node): Value[] {
    const list = unwrap(expression);
    const written = list.type === "ArrayExpression" ? list.elements : [];
    const sockets = written.flatMap((element) =>
      element && element.type !== "SpreadElement"
        ? ofKind(this.evaluate(module, element), "socket")
        : [],
    );
    return union(sockets, this.partsOf(this.evaluate(module, expression)));
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
    if (this.#open.has(place)) return this.#giveUp();
    this.#open.add(place);
    const found = elements.flatMap(({ module, node }) => {
      const held = this.evaluate(module, node);
      return held.filter(({ kind }) => kind === "instance" || kind === "class");
    });
    this.#open.delete(place);
    return found;
  }

  /** What collections are made with where they are made, or in the function that makes them. */
  #elementsOf({ module, ...place }: Place): Element[] {
    return initialValues({ module, ...place }).flatMap((value) => {
      const own = elementsOf(value).map((node) => ({ module, node }));
      const call = unwrap(value);
      if (own.length > 0 || call.type !== "CallExpression") return own;
      const makers = ofKind(this.evaluate(module, call.callee), "function");
      return makers.flatMap((maker) =>
        this.returnsOf(maker.module, maker.node)
          .flatMap(elementsOf)
          .map((node) => ({ module: maker.module, node })),
      );
    });
  }

  /** A variable as a place of state. */
  placeOf(module: Module, variable: Scope.Variable): Place {
    const declaration = variable.identifiers[0] as ESTree.Node;
    return this.place(declaration, { module, declaration, name: variable.name, variable });
  }

  /** The one place that a declaration makes. */
  place(declaration: ESTree.Node, place: Place): Place {
    const known = this.#places.get(declaration);
    if (known) return known;
    this.#places.set(declaration, place);
    return place;
  }

  #this(module: Module, node: ESTree.ThisExpression): Value[] {
    const owner = module.classOfThis(node);
    if (owner) return [{ kind: isStaticCode(node) ? "class" : "instance", module, node: owner }];
    const holder = functionOfThis(node);
    if (!holder) return [];
    return this.#owners.get(holder) ?? this.#receivers.get(holder) ?? [];
  }

  #memberExpression(module: Module, node: ESTree.MemberExpression): Value[] {
    const name = propertyName(node);
    if (isGlobalObject(node.object)) return this.#global(module, name ?? "");
    if (isExportsObject(node)) return [{ kind: "module", module }];
    const own = this.properties.valuesOf(module, node);
    if (own.length > 0) return own;
    const values = this.evaluate(module, node.object);
    if (name === undefined) {
      const key = module.keyOf(node);
      const own = key === undefined ? [] : this.#members.underKey(values, key);
      return union(this.partsOf(values), this.#members.methodsOf(values), own);
    }
    return node.computed
      ? union(this.partsOf(values), this.member(values, name))
      : this.member(values, name);
  }

  /** What a method that is called may be. */
  methodsOf(module: Module, callee: ESTree.MemberExpression): Value[] {
    const hung = this.properties.valuesOf(module, callee);
    if (callee.computed) return union(hung, this.evaluate(module, callee));
    const receivers = this.evaluate(module, callee.object);
    return union(hung, this.member(receivers, propertyName(callee) ?? ""));
  }

  /** What a property of these may be. */
  member(values: readonly Value[], name: string): Value[] {
    return union(this.#members.of(values, name), this.named.named(values, name));
  }

  /** The code that a class has for reading, or for assigning, a property. */
  accessorsOf(
    module: Module,
    node: ESTree.MemberExpression,
    kind: "get" | "set",
  ): Extract<Value, { kind: "function" }>[] {
    const name = propertyName(node);
    if (name === undefined || !this.#accessors.has(name)) return [];
    return this.#members.accessors(this.evaluate(module, node.object), name, kind);
  }

  /** The fields of these classes that have a name. */
  fieldsOf(owners: readonly Value[], name: string): Place[] {
    const own = owners.flatMap((owner): Place[] => {
      const isOfClass = owner.kind === "instance" || owner.kind === "class";
      return isOfClass ? this.#members.ownFields(owner, name) : [];
    });
    if (own.length > 0) return own;
    return ofKind(this.member(owners, name), "state").map(({ place }) => place);
  }

  /** The expressions that a function gives. */
  returnsOf(module: Module, node: FunctionNode): ESTree.Expression[] {
    if (!node.body) return [];
    return node.body.type === "BlockStatement" ? returnsOf(node.body, module.keys) : [node.body];
  }

  /** What a function gives. */
  returned(module: Module, node: FunctionNode): Value[] {
    if (!node.body) return [];
    if (this.#returning.has(node)) return this.#giveUp();
    this.#returning.add(node);
    try {
      if (node.body.type !== "BlockStatement") return this.evaluate(module, node.body);
      return union(
        ...returnsOf(node.body, module.keys).map((value) => this.evaluate(module, value)),
      );
    } finally {
      this.#returning.delete(node);
    }
  }
}

/** Whether a use of a variable gives it nothing but `this`. */
function isGivenThis({ writeExpr }: Scope.Reference): boolean {
  return !writeExpr || (writeExpr as ESTree.Node).type === "ThisExpression";
}

/** Whether a value is an object of functions, somewhere in it. */
function isTable(value: Value): boolean {
  return value.kind === "object" && contains(value.node, value.module.keys, isFunction);
}
