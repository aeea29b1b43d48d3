/** A module of the project as ESLint has parsed it: its variables, what it imports and exports. */
import type { Scope, SourceCode } from "eslint";
import type * as ESTree from "estree";
import { Constructors } from "./constructors.ts";
import {
  type ClassNode,
  enclosingCode,
  isClass,
  isFunction,
  parentOf,
  propertyName,
  returnsOf,
  textOf,
  unwrap,
  visit,
} from "./syntax.ts";

/** What a module gives away under a name. */
export type Export =
  | {
      readonly kind: "expression";
      readonly node: ESTree.Node;
      /** `exports.count`, where CommonJS has it for a variable of its own. */
      readonly property?: ESTree.MemberExpression;
    }
  | { readonly kind: "elsewhere"; readonly from: string; readonly name: string };

/** All of a module at once: CommonJS's export, and the object of `export * as`. */
export const WHOLE = "*";

export class Module {
  /** Absolute. */
  readonly path: string;
  readonly source: SourceCode;
  /** Modules whose every export this one gives on. */
  readonly stars: string[] = [];
  readonly #variables = new Map<ESTree.Node, Scope.Variable>();
  readonly #references = new Map<ESTree.Node, Scope.Reference>();
  readonly #exports = new Map<string, Export>();
  #globals: Map<string, ESTree.Node> | undefined;
  #writes: Map<string, ESTree.MemberExpression[]> | undefined;
  #constructors: Constructors | undefined;
  #accessors: Set<string> | undefined;
  #imports: string[] | undefined;
  #loadedNames: ESTree.Node[] | undefined;

  constructor(path: string, source: SourceCode) {
    this.path = path;
    this.source = source;
    for (const scope of source.scopeManager.scopes) {
      for (const variable of scope.variables) {
        for (const identifier of variable.identifiers) this.#variables.set(identifier, variable);
      }
      for (const reference of scope.references) {
        this.#references.set(reference.identifier as ESTree.Node, reference);
        if (reference.resolved) {
          this.#variables.set(reference.identifier as ESTree.Node, reference.resolved);
        }
      }
    }
    for (const statement of this.program.body) this.#readExports(statement);
  }

  /** The name of its file, without folders. */
  get name(): string {
    const { path } = this;
    return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  }

  get program(): ESTree.Program {
    return this.source.ast;
  }

  get keys(): Record<string, readonly string[]> {
    return this.source.visitorKeys as Record<string, readonly string[]>;
  }

  /** The variable that an identifier declares or means; none for globals. */
  variableOf(identifier: ESTree.Node): Scope.Variable | undefined {
    const variable = this.#variables.get(identifier);
    return variable && variable.defs.length > 0 ? variable : undefined;
  }

  /** The name of a property, or `[BOX]` of what is under a symbol that has a name. */
  keyOf(node: ESTree.MemberExpression | ESTree.PropertyDefinition): string | undefined {
    const name = propertyName(node);
    const key = node.type === "MemberExpression" ? node.property : node.key;
    if (name !== undefined || key.type !== "Identifier") return name;
    const [def] = this.variableOf(key)?.defs ?? [];
    const isImported = def?.type === "ImportBinding";
    return isImported || isSymbol(this.firstValueOf(key)) ? `[${key.name}]` : undefined;
  }

  referenceOf(identifier: ESTree.Node): Scope.Reference | undefined {
    return this.#references.get(identifier);
  }

  /** Whether it is the platform's `globalThis` or `global`, and no variable of that name. */
  isGlobalObject(node: ESTree.Node): boolean {
    const inner = unwrap(node);
    if (inner.type !== "Identifier" || !/^(global|globalThis)$/.test(inner.name)) return false;
    return !this.variableOf(inner);
  }

  /** Where a variable lives: the function, or the module. */
  homeOf(variable: Scope.Variable) {
    const block = variable.scope.variableScope.block as ESTree.Node;
    if (block.type === "Program" || "body" in block) {
      const isCode = block.type === "Program" || "params" in block;
      if (isCode) return block as ReturnType<typeof enclosingCode>;
    }
    return enclosingCode(block);
  }

  /** Where a global variable is first assigned: `global.users = …`, or `users = …` undeclared. */
  globalOf(name: string): ESTree.Node | undefined {
    this.#globals ??= this.#findGlobals();
    return this.#globals.get(name);
  }

  #findGlobals(): Map<string, ESTree.Node> {
    const found = new Map<string, ESTree.Node>();
    visit(this.program, this.keys, (node) => {
      if (node.type !== "AssignmentExpression") return true;
      const { left } = node;
      let name: string | undefined;
      if (left.type === "Identifier") name = this.variableOf(left) ? undefined : left.name;
      else if (left.type === "MemberExpression" && this.isGlobalObject(left.object)) {
        name = propertyName(left);
      }
      if (name !== undefined && !found.has(name)) found.set(name, left);
      return true;
    });
    return found;
  }

  /** Where a property of this name is assigned, of whatever it may be. */
  writesTo(name: string): readonly ESTree.MemberExpression[] {
    this.#writes ??= this.#findWrites();
    return this.#writes.get(name) ?? [];
  }

  #findWrites(): Map<string, ESTree.MemberExpression[]> {
    const found = new Map<string, ESTree.MemberExpression[]>();
    visit(this.program, this.keys, (node) => {
      if (node.type !== "AssignmentExpression" || node.left.type !== "MemberExpression")
        return true;
      const name = this.keyOf(node.left);
      if (name === undefined) return true;
      const writes = found.get(name) ?? [];
      found.set(name, writes);
      writes.push(node.left);
      return true;
    });
    return found;
  }

  /** The names of properties that classes and objects have code for. */
  get accessors(): ReadonlySet<string> {
    this.#accessors ??= this.#findAccessors();
    return this.#accessors;
  }

  #findAccessors(): Set<string> {
    const found = new Set<string>();
    visit(this.program, this.keys, (node) => {
      const isOne = node.type === "MethodDefinition" || node.type === "Property";
      if (!isOne || (node.kind !== "get" && node.kind !== "set")) return true;
      const name = propertyName(node);
      if (name !== undefined) found.add(name);
      return true;
    });
    return found;
  }

  /** Its functions that make instances. */
  get constructors(): Constructors {
    this.#constructors ??= new Constructors(this);
    return this.#constructors;
  }

  /** The class whose `this` a node sees. */
  classOfThis(node: ESTree.Node): ClassNode | undefined {
    for (let up = parentOf(node); up; up = parentOf(up)) {
      if (isClass(up)) return up;
      if (!isFunction(up) || up.type === "ArrowFunctionExpression") continue;
      const owner = this.constructors.ownerOf(up);
      if (owner) return owner;
      if (parentOf(up)?.type !== "MethodDefinition" && !isGivenToThis(up)) return undefined;
    }
    return undefined;
  }

  /** What the variable, or the export, behind an expression is made as. */
  firstValueOf(node: ESTree.Node): ESTree.Node | undefined {
    if (node.type === "MemberExpression") {
      const given = isExportsObject(node.object) ? this.exportOf(propertyName(node) ?? "") : null;
      if (given?.kind !== "expression") return undefined;
      return given.node.type === "Identifier" ? this.firstValueOf(given.node) : given.node;
    }
    const [def] = this.variableOf(node)?.defs ?? [];
    if (def?.type === "FunctionName") return def.node as ESTree.Node;
    return def?.type === "Variable" && def.node.init ? unwrap(def.node.init) : undefined;
  }

  /** What is imported, by whatever means, as it is written down. */
  get imports(): readonly string[] {
    this.#imports ??= this.#findImports();
    return this.#imports;
  }

  #findImports(): string[] {
    const names: (string | undefined)[] = this.#loads.map(writtenName);
    for (const statement of this.program.body) {
      if (/^(Import|Export)/.test(statement.type)) {
        names.push(textOf((statement as { source?: ESTree.Node }).source));
      }
    }
    return names.filter((name) => name !== undefined);
  }

  /** The names that are computed of modules that are loaded. */
  get computedImports(): ESTree.Node[] {
    return this.#loads.filter((name) => writtenName(name) === undefined);
  }

  /** The names of what `require(…)` and `import(…)` load. */
  get #loads(): readonly ESTree.Node[] {
    this.#loadedNames ??= this.#findLoads();
    return this.#loadedNames;
  }

  #findLoads(): ESTree.Node[] {
    const found: ESTree.Node[] = [];
    visit(this.program, this.keys, (node) => {
      const name = this.loadedBy(node);
      if (name) found.push(name);
      return true;
    });
    return found;
  }

  /** The name of the module that an expression loads; undefined if it loads none. */
  loadedBy(node: ESTree.Node): ESTree.Node | undefined {
    if (node.type === "ImportExpression") return node.source;
    if (node.type !== "CallExpression" || node.callee.type !== "Identifier") return undefined;
    const { name } = node.callee;
    const made = this.firstValueOf(node.callee);
    const isRequire = made
      ? made.type === "CallExpression" && this.source.getText(made.callee).endsWith("createRequire")
      : name === "require" && !this.variableOf(node.callee);
    return isRequire ? node.arguments[0] : undefined;
  }

  get exportNames(): string[] {
    return [...this.#exports.keys()];
  }

  exportOf(name: string): Export | undefined {
    return this.#exports.get(name);
  }

  /** Whether other modules may see and change a variable. */
  isExported(variable: Scope.Variable): boolean {
    for (const given of this.#exports.values()) {
      if (given.kind !== "expression") continue;
      if (this.variableOf(given.node) === variable) return true;
      if (given.node.type !== "ObjectExpression") continue;
      for (const property of given.node.properties) {
        if (property.type === "Property" && this.variableOf(property.value) === variable) {
          return true;
        }
      }
    }
    return false;
  }

  lineOf(node: ESTree.Node): number {
    return node.loc?.start.line ?? 0;
  }

  #readExports(statement: ESTree.Program["body"][number]): void {
    switch (statement.type) {
      case "ExportDefaultDeclaration":
        this.#give("default", statement.declaration as ESTree.Node);
        return;
      case "ExportAllDeclaration": {
        const from = String(statement.source.value);
        const name = statement.exported ? nameOf(statement.exported) : undefined;
        if (name === undefined) this.stars.push(from);
        else this.#exports.set(name, { kind: "elsewhere", from, name: WHOLE });
        return;
      }
      case "ExportNamedDeclaration":
        this.#readNamed(statement);
        return;
      case "ExpressionStatement":
        this.#readCommonJS(statement.expression);
        return;
    }
    // TypeScript's `export = …`.
    const assigned = statement as unknown as { type: string; expression: ESTree.Node };
    if (assigned.type === "TSExportAssignment") this.#give(WHOLE, assigned.expression);
  }

  #readNamed(statement: ESTree.ExportNamedDeclaration): void {
    const { declaration, source } = statement;
    for (const { local, exported } of statement.specifiers) {
      if (!source) this.#give(nameOf(exported), local);
      else {
        const elsewhere = { from: String(source.value), name: nameOf(local) };
        this.#exports.set(nameOf(exported), { kind: "elsewhere", ...elsewhere });
      }
    }
    if (!declaration) return;
    for (const variable of this.source.scopeManager.getDeclaredVariables(declaration)) {
      const [identifier] = variable.identifiers;
      if (identifier) this.#give(variable.name, identifier);
    }
  }

  /** CommonJS: the whole of a module, or one name of it. */
  #readCommonJS(expression: ESTree.Expression): void {
    if (expression.type === "CallExpression") this.#readCompiled(expression);
    if (expression.type !== "AssignmentExpression") return;
    const { left, right } = expression;
    // Both of CommonJS's names at once.
    if (right.type === "AssignmentExpression") this.#readCommonJS(right);
    if (left.type !== "MemberExpression") return;
    const target = unwrap(left.object);
    const name = propertyName(left);
    if (target.type === "Identifier" && target.name === "module" && name === "exports") {
      this.#give(WHOLE, right);
    } else if (name !== undefined && isExportsObject(target)) {
      this.#exports.set(name, { kind: "expression", node: unwrap(right), property: left });
    }
  }

  /** What TypeScript makes of `export * from` and `export { … } from`. */
  #readCompiled({ callee, arguments: [first, second, third] }: ESTree.SimpleCallExpression): void {
    const called =
      callee.type === "MemberExpression" ? propertyName(callee) : this.source.getText(callee);
    if (called === "__exportStar" && first?.type === "CallExpression") {
      const from = this.loadedBy(first);
      const name = from && writtenName(from);
      if (name !== undefined) this.stars.push(name);
    }
    const isGetter = called === "defineProperty" && first && isExportsObject(first);
    const name = isGetter ? textOf(second) : undefined;
    if (name === undefined || third?.type !== "ObjectExpression") return;
    for (const property of third.properties) {
      if (property.type !== "Property" || propertyName(property) !== "get") continue;
      const code = property.value;
      const [given] =
        isFunction(code) && code.body.type === "BlockStatement"
          ? returnsOf(code.body, this.keys)
          : [];
      if (given) this.#give(name, given);
    }
  }

  #give(name: string, node: ESTree.Node): void {
    this.#exports.set(name, { kind: "expression", node: unwrap(node) });
  }
}

/** `this.add = function (player) { this.players.push(player); }` */
function isGivenToThis(node: ESTree.Node): boolean {
  const up = parentOf(node);
  if (up?.type !== "AssignmentExpression" || up.right !== node) return false;
  return up.left.type === "MemberExpression" && up.left.object.type === "ThisExpression";
}

/** A name without anything that is computed. */
export function writtenName(node: ESTree.Node): string | undefined {
  const isPlain = node.type !== "TemplateLiteral" || node.expressions.length === 0;
  return isPlain ? textOf(node) : undefined;
}

function nameOf(node: ESTree.Identifier | ESTree.Literal): string {
  return node.type === "Identifier" ? node.name : (textOf(node) ?? "");
}

/** `exports`, `module.exports`. */
export function isExportsObject(node: ESTree.Node): boolean {
  if (node.type === "Identifier") return node.name === "exports";
  if (node.type !== "MemberExpression" || node.object.type !== "Identifier") return false;
  return node.object.name === "module" && propertyName(node) === "exports";
}

/** `Symbol("box")`, `Symbol.for("box")` */
function isSymbol(node: ESTree.Node | undefined): boolean {
  if (node?.type !== "CallExpression") return false;
  const { callee } = node;
  const made = callee.type === "MemberExpression" ? callee.object : callee;
  return made.type === "Identifier" && made.name === "Symbol";
}
