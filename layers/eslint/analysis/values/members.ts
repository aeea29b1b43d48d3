/** What properties stand for: of servers and sockets, of objects and classes, of modules. */
import type { Scope } from "eslint";
import type * as ESTree from "estree";
import type { Module } from "../code/module.ts";
import { isApplication, isOurs } from "../code/packages.ts";
import {
  type ClassNode,
  type FunctionNode,
  isFunction,
  parentOf,
  propertyName,
  type TypeNode,
  unwrap,
  wrapped,
} from "../code/syntax.ts";
import {
  type Evaluates,
  ofKind,
  type Place,
  type Resolve,
  union,
  type Value,
} from "../code/value.ts";
import { type Write, writesIn } from "./fields.ts";
import type { Imports } from "./imports.ts";
import { memberOfServer, memberOfShape, memberOfSocket, roleOfAnnotation } from "./roles.ts";

/** Who says what members stand for, and learns what they belong to. */
export interface MembersEvaluator extends Evaluates {
  /** Those whose code was looked at, the one in question first. */
  readonly modules: ReadonlySet<Module>;
  /** What a variable may hold, and the variable itself as a place of state. */
  variable(module: Module, variable: Scope.Variable): Value[];
  /** What a function gives. */
  returned(module: Module, node: FunctionNode): Value[];
  /** Gives what a name means in a module, also a type's. */
  resolver(module: Module): Resolve;
  /** The one place that a declaration makes. */
  place(declaration: ESTree.Node, place: Place): Place;
  /** A function may be called as a method of these. */
  bindThis(node: FunctionNode, values: readonly Value[]): void;
  /** A function is a method of these, whatever holds them where it is called. */
  addMethod(node: FunctionNode, owners: readonly Value[]): void;
}

/** Classes that extend each other in circles are followed no further. */
const DEEPEST = 8;

/** Whether a member is asked of a class itself, or of its instances. */
type Side = "class" | "instance";

export class Members {
  readonly #evaluator: MembersEvaluator;
  readonly #imports: Imports;
  readonly #writes = new Map<ClassNode, Write[]>();

  constructor(evaluator: MembersEvaluator, imports: Imports) {
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
        // `fastify-socket.io` and its like.
        return name === "io" && isApplication(value) ? [value, { kind: "server" }] : [value];
      case "state":
        return [{ ...value, isCopy: false }];
      case "object":
        return this.#memberOfObject(value.module, value.node, name);
      case "class":
      case "instance":
        if (name === "prototype" && value.kind === "class") return [{ ...value, kind: "instance" }];
        return this.#memberOfClass(value.module, value.node, name, value.kind);
      case "module":
        return this.#imports.exported(value.module, name);
      case "shape":
        return memberOfShape(value, name);
      case "namespace":
        return this.#memberOfNamespace(value.module, value.node, name);
      case "package":
        return [{ ...value, path: [...value.path, name] }];
      case "function":
      case "enum":
        return [];
    }
  }

  /** The functions and instances of a table: what a name that nobody knows may lead to. */
  functionsIn(table: Extract<Value, { kind: "object" | "module" }>): Value[] {
    const names =
      table.kind === "module" ? table.module.exportNames : table.node.properties.map(nameOf);
    const values = names.map((name) => (name === undefined ? [] : this.#member(table, name)));
    return union(
      ...values.map((given) => ofKind(given, "function")),
      ...values.map((given) => ofKind(given, "instance")),
      ...values.map((given) => ofKind(given, "class")),
    );
  }

  /** What instances, or classes, have under a symbol: `this[BOX]`. */
  underKey(values: readonly Value[], key: string): Value[] {
    const owners = [...ofKind(values, "instance"), ...ofKind(values, "class")];
    return owners.flatMap(({ module, node: owner, kind }): Value[] => {
      const isStatic = kind === "class";
      const declaration = owner.body.body.find((element) => {
        if (element.type !== "PropertyDefinition" || element.static !== isStatic) return false;
        return module.keyOf(element) === key;
      });
      if (declaration?.type !== "PropertyDefinition") return [];
      const name = `${isStatic ? (owner.id?.name ?? "this") : "this"}${key}`;
      const place = this.#evaluator.place(declaration, {
        module,
        declaration,
        name,
        owner,
        isStatic,
      });
      const held = this.#evaluator.evaluate(module, declaration.value);
      return [...held, { kind: "state", place, isCopy: false }];
    });
  }

  /** The methods of these instances: what a name that nobody knows may lead to. */
  methodsOf(values: readonly Value[]): Value[] {
    return ofKind(values, "instance").flatMap(({ module, node }) =>
      node.body.body.flatMap((element): Value[] => {
        const isMethod = element.type === "MethodDefinition" && element.kind === "method";
        if (!isMethod || element.static) return [];
        return [{ kind: "function", module, node: element.value }];
      }),
    );
  }

  /** The code for reading, or for assigning, a property of these. */
  accessors(
    values: readonly Value[],
    name: string,
    kind: "get" | "set",
  ): Extract<Value, { kind: "function" }>[] {
    return values.flatMap((value) => {
      if (value.kind === "object") {
        const { module } = value;
        return value.node.properties.flatMap((property) => {
          const isOne = property.type === "Property" && property.kind === kind;
          const code = isOne && propertyName(property) === name ? property.value : undefined;
          return code && isFunction(code)
            ? [{ kind: "function" as const, module, node: code }]
            : [];
        });
      }
      const isClass = value.kind === "class" || value.kind === "instance";
      return isClass ? this.#accessorsOfClass(value, name, kind) : [];
    });
  }

  #accessorsOfClass(
    value: Extract<Value, { kind: "class" | "instance" }>,
    name: string,
    kind: "get" | "set",
  ): Extract<Value, { kind: "function" }>[] {
    const { module, node: owner } = value;
    for (const element of owner.body.body) {
      if (element.type !== "MethodDefinition" || element.kind !== kind) continue;
      if (element.static !== (value.kind === "class") || propertyName(element) !== name) continue;
      return [{ kind: "function", module, node: element.value }];
    }
    const parents = ofKind(this.#evaluator.evaluate(module, owner.superClass), "class");
    return parents.flatMap((parent) =>
      this.#accessorsOfClass({ ...parent, kind: value.kind }, name, kind),
    );
  }

  #memberOfObject(module: Module, node: ESTree.ObjectExpression, name: string): Value[] {
    for (const property of node.properties) {
      if (property.type !== "Property" || propertyName(property) !== name) continue;
      if (property.kind === "set") continue;
      if (property.kind === "get" && isFunction(property.value)) {
        return this.#evaluator.returned(module, property.value);
      }
      const values = this.#evaluator.evaluate(module, property.value);
      if (isFunction(property.value))
        this.#evaluator.bindThis(property.value, [{ kind: "object", module, node }]);
      if (!isGivenAway(node) || values.some(isOfItself)) return values;
      const declaration = property.key as ESTree.Node;
      const place = this.#evaluator.place(declaration, { module, declaration, name });
      return union(values, [{ kind: "state", place, isCopy: false }]);
    }
    return this.#givenLater(module, node, name);
  }

  /** `request.forward = () => …`, of `const request = { … }`: of what an object is given, the functions. */
  #givenLater(module: Module, node: ESTree.ObjectExpression, name: string): Value[] {
    const given = module.writesTo(name).flatMap((write) => {
      const up = parentOf(write);
      if (up?.type !== "AssignmentExpression" || !isFunction(unwrap(up.right))) return [];
      return module.firstValueOf(write.object) === node ? [up.right] : [];
    });
    return given.flatMap((code) => {
      const functions = ofKind(this.#evaluator.evaluate(module, code), "function");
      for (const { node: one } of functions) {
        this.#evaluator.bindThis(one, [{ kind: "object", module, node }]);
      }
      return functions;
    });
  }

  /** What TypeScript's `namespace` exports. */
  #memberOfNamespace(module: Module, { body }: TypeNode, name: string): Value[] {
    const statements = (body as { body?: ESTree.Node[] } | undefined)?.body ?? [];
    for (const statement of statements) {
      if (statement.type !== "ExportNamedDeclaration" || !statement.declaration) continue;
      const { declaration } = statement;
      const names =
        declaration.type === "VariableDeclaration" ? declaration.declarations : [declaration];
      for (const { id } of names) {
        if (id.type !== "Identifier" || id.name !== name) continue;
        const variable = module.variableOf(id);
        if (variable) return this.#evaluator.variable(module, variable);
      }
    }
    return [];
  }

  /** A method, or what a field holds together with the field as a place. */
  #memberOfClass(module: Module, owner: ClassNode, name: string, kind: Side): Value[] {
    const isStatic = kind === "class";
    let field: ESTree.Node | undefined;
    const values: Value[] = [];
    for (const element of owner.body.body) {
      if (element.type === "StaticBlock" || element.static !== isStatic) continue;
      if (propertyName(element) !== name) continue;
      if (element.type === "MethodDefinition") {
        if (element.kind === "method") return [{ kind: "function", module, node: element.value }];
        if (element.kind === "get") return this.#evaluator.returned(module, element.value);
        if (element.kind === "set") continue;
        return [];
      }
      field = element;
      const role = roleOfAnnotation(
        element as unknown as TypeNode,
        this.#evaluator.resolver(module),
      );
      values.push(...(role ? [role] : []), ...this.#evaluator.evaluate(module, element.value));
    }
    for (const { node, value, isMade } of this.#writesOf(module, owner, name, kind)) {
      field ??= node;
      const given = this.#evaluator.evaluate(module, value);
      values.push(...(isMade ? given : given.filter(outlivesCalls)));
    }
    if (!field) {
      const added = isStatic ? [] : this.#added(module, owner, name);
      return added.length > 0 ? added : this.#inherited(module, owner, name, kind);
    }
    if (values.some(({ kind }) => kind === "function" || kind === "state")) return union(values);
    const place = this.#placeOfField(module, owner, name, field, kind);
    return union(values, [{ kind: "state", place, isCopy: false }]);
  }

  #placeOfField(
    module: Module,
    owner: ClassNode,
    name: string,
    declaration: ESTree.Node,
    side: Side,
  ): Place {
    const isStatic = side === "class";
    return this.#evaluator.place(declaration, {
      module,
      declaration,
      name: isStatic ? `${owner.id?.name ?? "this"}.${name}` : `this.${name}`,
      owner,
      isStatic,
    });
  }

  /** The fields themselves of these instances, or of a class, whatever they hold. */
  ownFields(
    value: Extract<Value, { kind: "class" | "instance" }>,
    name: string,
    depth = 0,
  ): Place[] {
    const { module, node: owner, kind } = value;
    const elements = owner.body.body.filter(
      (element) =>
        element.type !== "StaticBlock" &&
        element.static === (kind === "class") &&
        propertyName(element) === name,
    );
    if (elements.some(({ type }) => type === "MethodDefinition")) return [];
    const field = elements[0] ?? this.#writesOf(module, owner, name, kind)[0]?.node;
    if (field) return [this.#placeOfField(module, owner, name, field, kind)];
    if (depth > DEEPEST) return [];
    const parents = ofKind(this.#evaluator.evaluate(module, owner.superClass), "class");
    return parents.flatMap((parent) => this.ownFields({ ...parent, kind }, name, depth + 1));
  }

  /** `Game.prototype.add = …` in another module than that of `Game`, or of a class with a body. */
  #added(module: Module, owner: ClassNode, name: string): Value[] {
    const values: Value[] = [];
    for (const other of this.#imports.reachableFrom(this.#evaluator.modules)) {
      for (const addition of other.constructors.additions) {
        if (addition.name !== name) continue;
        const holders = ofKind(this.#evaluator.evaluate(other, addition.holder), "class");
        if (!holders.some(({ node }) => node === owner)) continue;
        const code = unwrap(addition.value);
        if (isFunction(code)) {
          this.#evaluator.addMethod(code, [{ kind: "instance", module, node: owner }]);
        }
        values.push(...this.#evaluator.evaluate(other, code));
      }
    }
    return union(values);
  }

  #inherited(module: Module, owner: ClassNode, name: string, kind: Side): Value[] {
    const values: Value[] = [];
    const parents = this.#evaluator.evaluate(module, owner.superClass);
    // The server of a Durable Object's own class.
    const isObject = ofKind(parents, "outside").some((parent) => isOurs(parent.name));
    if (isObject && name === "io" && kind === "instance") return [{ kind: "server" }];
    for (const parent of ofKind(parents, "class")) {
      values.push(...this.#memberOfClass(parent.module, parent.node, name, kind));
    }
    return values;
  }

  /** `constructor(private name)`, `this.name = …`; of the class itself also `Game.name = …`. */
  #writesOf(module: Module, owner: ClassNode, name: string, kind: Side): Write[] {
    const known = this.#writes.get(owner) ?? writesIn(module, owner);
    this.#writes.set(owner, known);
    return known.filter((write) => write.name === name && write.isStatic === (kind === "class"));
  }
}

/** Not what a method was given, or made, and stored: the field is where that is then. */
function outlivesCalls(value: Value): boolean {
  if (value.kind !== "state") return true;
  const { module, variable } = value.place;
  return variable === undefined || module.homeOf(variable).type === "Program";
}

function nameOf(property: ESTree.Property | ESTree.SpreadElement): string | undefined {
  return property.type === "Property" ? propertyName(property) : undefined;
}

/** Whether an object has no name in its module: `export default { users: [] }`, `module.exports = { … }`, `chat(io, { users: [] })`. */
function isGivenAway(node: ESTree.ObjectExpression): boolean {
  const up = parentOf(wrapped(node));
  if (up?.type === "CallExpression" || up?.type === "NewExpression") return up.callee !== node;
  if (up?.type === "ExportDefaultDeclaration") return true;
  if (up?.type !== "AssignmentExpression" || up.left.type !== "MemberExpression") return false;
  const { object } = up.left;
  if (object.type !== "Identifier") return false;
  return (
    object.name === "exports" || (object.name === "module" && propertyName(up.left) === "exports")
  );
}

/** What needs no place: it has one, or is none. */
function isOfItself({ kind }: Value): boolean {
  return kind !== "object";
}
