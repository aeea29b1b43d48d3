/**
 * Says what an expression may stand for: follows variables to what was assigned to them, parameters to
 * what they were called with, imports to other modules, and members into classes and objects.
 */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import { isExportsObject, type Module } from "../code/module.ts";
import type { Project } from "../code/project.ts";
import { type FunctionNode, propertyName, type TypeNode, unwrap } from "../code/syntax.ts";
import { ofKind, type Place, union, type Value } from "../code/value.ts";
import { Answers } from "./answers.ts";
import { Elements } from "./elements.ts";
import { Functions } from "./functions.ts";
import { Imports } from "./imports.ts";
import { Knowledge } from "./knowledge.ts";
import { Members } from "./members.ts";
import { NamedInstances } from "./named-instances.ts";
import { Properties } from "./properties.ts";
import { Results } from "./results.ts";
import { roleOfName } from "./roles.ts";
import { Variables } from "./variables.ts";

export class Evaluator {
  readonly #answers = new Answers();
  readonly #imports: Imports;
  readonly #members: Members;
  readonly #results: Results;
  readonly #functions: Functions;
  readonly #elements: Elements;
  readonly #variables: Variables;
  readonly #accessors = new Set<string>();
  readonly #places = new Map<ESTree.Node, Place>();
  readonly knowledge = new Knowledge(this.#answers);
  readonly properties: Properties;
  readonly named: NamedInstances;
  /** Those whose code was looked at, the one in question first. */
  readonly modules = new Set<Module>();

  constructor(project: Project) {
    const shared = [this.#answers, this.knowledge] as const;
    this.#imports = new Imports(this, project);
    this.#members = new Members(this, this.#imports);
    this.properties = new Properties(this);
    this.named = new NamedInstances(this, this.#imports);
    this.#results = new Results(this, this.#imports);
    this.#functions = new Functions(this, ...shared);
    this.#elements = new Elements(this, this.#members, ...shared);
    this.#variables = new Variables(this, this.#imports, ...shared);
  }

  /** What hangs on a server, or on an application, may be hung there by any module. */
  addModule(module: Module): void {
    if (this.modules.has(module)) return;
    this.modules.add(module);
    for (const name of module.accessors) this.#accessors.add(name);
    this.knowledge.size += 1;
  }

  /** The code is walked again, with all that was learnt by now. */
  beginPass(): void {
    this.#answers.forget();
  }

  /** Whether there was more than is looked at: what is not may be anything. */
  get isExhausted(): boolean {
    return this.#answers.isExhausted || this.knowledge.hasDropped;
  }

  /** What an expression may stand for; nothing if that does not matter, or is not known. */
  evaluate(module: Module, expression: ESTree.Node | null | undefined): Value[] {
    if (!expression) return [];
    return this.#answers.about(expression, () => this.#evaluate(module, unwrap(expression)));
  }

  #evaluate(module: Module, node: ESTree.Node): Value[] {
    switch (node.type) {
      case "Identifier":
        return this.#identifier(module, node);
      case "ThisExpression":
        return this.#functions.valuesOfThis(module, node);
      case "MemberExpression":
        return this.#memberExpression(module, node);
      case "CallExpression":
        return this.#results.ofCall(module, node);
      case "NewExpression":
        return this.#results.ofNew(module, node);
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.#functions.valuesOf(module, node);
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
        return this.#elements.listed(module, node);
      case "ImportExpression":
        return this.#imports.loaded(module, node.source);
      default:
        return [];
    }
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

  /** Gives what a name means in a module, also a type's. */
  resolver(module: Module) {
    return (identifier: ESTree.Identifier) => this.#identifier(module, identifier);
  }

  /** What a type's name says of the values that have it. */
  roleOfType(module: Module, name: ESTree.Node): Value["kind"] | undefined {
    return roleOfName(name as unknown as TypeNode, this.resolver(module))?.kind;
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

  #memberExpression(module: Module, node: ESTree.MemberExpression): Value[] {
    const name = propertyName(node);
    if (module.isGlobalObject(node.object)) return this.#global(module, name ?? "");
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

  // --- variables and parameters ------------------------------------------------------------------------

  /** A parameter, or an element of one that is taken apart, may have these values. */
  bind(module: Module, pattern: ESTree.Node | undefined, values: readonly Value[]): void {
    this.#variables.bind(module, pattern, values);
  }

  /** What a variable may hold, and the variable itself as a place of state. */
  variable(module: Module, variable: Scope.Variable): Value[] {
    return this.#variables.valuesOf(module, variable);
  }

  // --- functions ---------------------------------------------------------------------------------------

  /** A function may be called as a method of these. */
  bindThis(node: FunctionNode, values: readonly Value[]): void {
    this.#functions.bindThis(node, values);
  }

  /** A function is a method of these, whatever holds them where it is called. */
  addMethod(node: FunctionNode, owners: readonly Value[]): void {
    this.#functions.addMethod(node, owners);
  }

  /** The expressions that a function gives. */
  returnsOf(module: Module, node: FunctionNode): ESTree.Expression[] {
    return this.#functions.returnsOf(module, node);
  }

  /** What a function gives. */
  returned(module: Module, node: FunctionNode): Value[] {
    return this.#functions.returned(module, node);
  }

  // --- collections -------------------------------------------------------------------------------------

  /** A collection may hold these: functions that are called by a name, instances. */
  fill(place: Place, values: readonly Value[]): void {
    this.#elements.fill(place, values);
  }

  /** What a loop over an expression gets: of a list that is written down, `[socket, other]`, each element. */
  elementsOf(module: Module, expression: ESTree.Node): Value[] {
    return this.#elements.elementsOf(module, expression);
  }

  /** An element of a collection. */
  partsOf(values: readonly Value[]): Value[] {
    return this.#elements.partsOf(values);
  }
}
