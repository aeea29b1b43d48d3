/** What properties stand for: of servers and sockets, of objects and classes, of modules. */
import type * as ESTree from "estree";
import type { Evaluator } from "./evaluator.ts";
import type { Imports } from "./imports.ts";
import type { Module } from "./module.ts";
import { memberOfServer, memberOfSocket, roleOfAnnotation } from "./roles.ts";
import { type ClassNode, isFunction, propertyName, type TypeNode } from "./syntax.ts";
import { ofKind, union, type Value } from "./value.ts";

export class Members {
  readonly #evaluator: Evaluator;
  readonly #imports: Imports;

  constructor(evaluator: Evaluator, imports: Imports) {
    this.#evaluator = evaluator;
    this.#imports = imports;
  }

  /** What a property of these may be. */
  of(values: readonly Value[], name: string): Value[] {
    return union(...values.map((value) => this.#member(value, name)));
  }

  #member(value: Value, name: string): Value[] {
    switch (value.kind) {
      case "server":
        return memberOfServer(name);
      case "socket":
        return memberOfSocket(name);
      case "client":
        return name === "conn" ? memberOfSocket(name) : [{ kind: "kept" }];
      case "kept":
      case "engine":
      case "serverPart":
      case "connection":
      case "sockets":
        return [{ kind: "kept" }];
      case "outside":
        return [value];
      case "state":
        return [{ ...value, isCopy: false }];
      case "object":
        return this.#memberOfObject(value.module, value.node, name);
      case "class":
      case "instance":
        return this.#memberOfClass(value.module, value.node, name, value.kind === "class");
      case "module":
        return this.#imports.exported(value.module, name);
      case "package":
        return [{ ...value, path: [...value.path, name] }];
      case "function":
        return [];
    }
  }

  #memberOfObject(module: Module, node: ESTree.ObjectExpression, name: string): Value[] {
    for (const property of node.properties) {
      if (property.type !== "Property" || propertyName(property) !== name) continue;
      const values = this.#evaluator.evaluate(module, property.value);
      if (isFunction(property.value))
        this.#evaluator.bindThis(property.value, [{ kind: "object", module, node }]);
      return values;
    }
    return [];
  }

  /** A method, or what a field holds together with the field as a place. */
  #memberOfClass(module: Module, owner: ClassNode, name: string, isStatic: boolean): Value[] {
    let field: ESTree.Node | undefined;
    const values: Value[] = [];
    for (const element of owner.body.body) {
      if (element.type === "StaticBlock" || element.static !== isStatic) continue;
      if (propertyName(element) !== name) continue;
      if (element.type === "MethodDefinition") {
        if (element.kind === "method") return [{ kind: "function", module, node: element.value }];
        return [];
      }
      field = element;
      const role = roleOfAnnotation(
        element as unknown as TypeNode,
        this.#evaluator.resolver(module),
      );
      values.push(...(role ? [role] : []), ...this.#evaluator.evaluate(module, element.value));
    }
    for (const { node, value } of this.#writesOf(owner, name)) {
      field ??= node;
      values.push(...this.#evaluator.evaluate(module, value));
    }
    if (!field) return this.#inherited(module, owner, name, isStatic);
    if (values.some(({ kind }) => kind === "function" || kind === "state")) return union(values);
    const place = this.#evaluator.place(field, {
      module,
      declaration: field,
      name: `this.${name}`,
      owner,
    });
    return union(values, [{ kind: "state", place, isCopy: false }]);
  }

  #inherited(module: Module, owner: ClassNode, name: string, isStatic: boolean): Value[] {
    const values: Value[] = [];
    for (const parent of ofKind(this.#evaluator.evaluate(module, owner.superClass), "class")) {
      values.push(...this.#memberOfClass(parent.module, parent.node, name, isStatic));
    }
    return values;
  }

  /** `this.name = …` and `constructor(private name)`. */
  #writesOf(owner: ClassNode, name: string) {
    const found: { node: ESTree.Node; value: ESTree.Node }[] = [];
    const maker = owner.body.body.find(
      (element): element is ESTree.MethodDefinition =>
        element.type === "MethodDefinition" && element.kind === "constructor",
    );
    if (!maker) return found;
    for (const parameter of maker.value.params as ESTree.Node[]) {
      const { type, parameter: inner } = parameter as unknown as {
        type: string;
        parameter: ESTree.Node;
      };
      if (type !== "TSParameterProperty") continue;
      const identifier = inner.type === "AssignmentPattern" ? inner.left : inner;
      if (identifier.type !== "Identifier" || identifier.name !== name) continue;
      found.push({ node: identifier, value: identifier });
    }
    for (const statement of maker.value.body?.body ?? []) {
      if (statement.type !== "ExpressionStatement") continue;
      const { expression } = statement;
      if (expression.type !== "AssignmentExpression") continue;
      const { left, right } = expression;
      if (left.type !== "MemberExpression" || left.object.type !== "ThisExpression") continue;
      if (propertyName(left) === name) found.push({ node: left, value: right });
    }
    return found;
  }
}
