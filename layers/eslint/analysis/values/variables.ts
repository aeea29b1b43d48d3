/** What variables and parameters may hold: what is assigned to them, what they are called with, what their types say. */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { parentOf, propertyName, type TypeNode, takenFrom } from "../code/syntax.ts";
import { type Evaluates, has, type Place, type Resolve, union, type Value } from "../code/value.ts";
import type { Answers } from "./answers.ts";
import { CALLED } from "./elements.ts";
import type { Imports } from "./imports.ts";
import type { Knowledge } from "./knowledge.ts";
import { roleOf, roleOfAnnotation, roleOfDeclared } from "./roles.ts";

/** What an expression makes anew each time. */
const MADE = new Set<Value["kind"]>(["object", "instance"]);

/** Who says what is in the values that variables take apart. */
export interface VariablesEvaluator extends Evaluates {
  /** What a property of these may be. */
  member(values: readonly Value[], name: string): Value[];
  /** An element of a collection. */
  partsOf(values: readonly Value[]): Value[];
  /** What a loop over an expression gets. */
  elementsOf(module: Module, expression: ESTree.Node): Value[];
  /** A variable as a place of state. */
  placeOf(module: Module, variable: Scope.Variable): Place;
  /** Gives what a name means in a module, also a type's. */
  resolver(module: Module): Resolve;
}

export class Variables {
  readonly #evaluator: VariablesEvaluator;
  readonly #imports: Imports;
  readonly #answers: Answers;
  readonly #knowledge: Knowledge;
  readonly #parameters = new Map<Scope.Variable, Value[]>();

  constructor(
    evaluator: VariablesEvaluator,
    imports: Imports,
    answers: Answers,
    knowledge: Knowledge,
  ) {
    this.#evaluator = evaluator;
    this.#imports = imports;
    this.#answers = answers;
    this.#knowledge = knowledge;
  }

  /** A parameter, or an element of one that is taken apart, may have these values. */
  bind(module: Module, pattern: ESTree.Node | undefined, values: readonly Value[]): void {
    if (!pattern || values.length === 0) return;
    switch (pattern.type) {
      case "Identifier": {
        const variable = module.variableOf(pattern);
        if (variable) this.#knowledge.learn(this.#parameters, variable, values);
        return;
      }
      case "AssignmentPattern":
        this.bind(module, pattern.left, values);
        return;
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type === "RestElement") continue;
          const name = propertyName(property);
          if (name !== undefined)
            this.bind(module, property.value, this.#evaluator.member(values, name));
        }
        return;
      case "ArrayPattern":
        for (const element of pattern.elements)
          this.bind(module, element ?? undefined, this.#evaluator.partsOf(values));
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

  /** What a variable may hold, and the variable itself as a place of state. */
  valuesOf(module: Module, variable: Scope.Variable): Value[] {
    return this.#answers.once(variable, () => this.#valuesOf(module, variable));
  }

  #valuesOf(module: Module, variable: Scope.Variable): Value[] {
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
          return [
            { kind: "state", place: this.#evaluator.placeOf(module, variable), isCopy: false },
          ];
        }
        return this.#imports.binding(module, def.node, def.parent as ESTree.ImportDeclaration);
      case "FunctionName":
      case "ClassName":
        return this.#evaluator.evaluate(module, def.node as ESTree.Node);
      case "Parameter":
        return this.#parameter(module, variable);
      case "Variable":
        return this.#assigned(module, variable);
      default:
        return [];
    }
  }

  #type(module: Module, node: TypeNode): Value[] {
    const role = roleOf(node, this.#evaluator.resolver(module));
    return role ? [role] : [];
  }

  #parameter(module: Module, variable: Scope.Variable): Value[] {
    const identifier = variable.identifiers[0] as ESTree.Node;
    const up = parentOf(identifier);
    const isOptional = up?.type === "AssignmentPattern" && up.left === identifier;
    const given = union(this.#parameters.get(variable) ?? [], this.#typed(module, variable));
    const fallback = isOptional ? this.#evaluator.evaluate(module, up.right) : [];
    const known = union(given, fallback);
    // `function play(socket, state = { lives: 3 })`: what nobody gives is made with each call.
    const isMade = given.length === 0 && fallback.every(({ kind }) => MADE.has(kind));
    if (!isMade && known.some(({ kind }) => kind !== "shape")) return known;
    const place = this.#evaluator.placeOf(module, variable);
    return [...known, { kind: "state", place, isCopy: false }];
  }

  /** What types say of a variable: its own, or that of what it is taken out of. */
  #typed(module: Module, variable: Scope.Variable): Value[] {
    const resolve = this.#evaluator.resolver(module);
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
      (holders, step) =>
        step === undefined
          ? this.#evaluator.partsOf(holders)
          : this.#evaluator.member(holders, step),
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
    const byType = roleOfDeclared(variable, this.#evaluator.resolver(module));
    if (byType) values.push(byType);
    // `const self = this`
    if (values.length > 0 && variable.references.every(isGivenThis)) return union(values);
    const isAlias = values.some(({ kind }) => kind === "state" || kind === "kept");
    const isRole = has(values, "server") || has(values, "socket") || has(values, "sockets");
    if (isAlias && !isRole) return union(values);
    const place = this.#evaluator.placeOf(module, variable);
    return union(values, [{ kind: "state", place, isCopy: false }]);
  }

  /** What one assignment gives a variable, which may be deep in a pattern. */
  #written(module: Module, identifier: ESTree.Node, expression: ESTree.Node): Value[] {
    const taken = takenFrom(identifier);
    if (!taken) return [];
    const holder = parentOf(taken.pattern);
    let values = this.#evaluator.evaluate(module, expression);
    const loop =
      holder?.type === "VariableDeclarator" ? parentOf(parentOf(holder) as ESTree.Node) : holder;
    if (
      loop &&
      (loop.type === "ForOfStatement" || loop.type === "ForInStatement") &&
      loop.right === expression
    ) {
      values = loop.type === "ForOfStatement" ? this.#evaluator.elementsOf(module, expression) : [];
    }
    return this.#follow(values, taken.steps);
  }
}

/** Whether a use of a variable gives it nothing but `this`. */
function isGivenThis({ writeExpr }: Scope.Reference): boolean {
  return !writeExpr || (writeExpr as ESTree.Node).type === "ThisExpression";
}
