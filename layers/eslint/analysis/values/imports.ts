/** What imports stand for: another module's exports, or a package's. */
import type * as ESTree from "estree";
import { type Export, type Module, WHOLE, writtenName } from "../code/module.ts";
import type { Project } from "../code/project.ts";
import { textOf } from "../code/syntax.ts";
import { type Evaluates, type Place, union, type Value } from "../code/value.ts";

/** Who says what exports stand for. */
export interface ExportsEvaluator extends Evaluates {
  /** What a property of these may be. */
  member(values: readonly Value[], name: string): Value[];
  /** The one place that a declaration makes. */
  place(declaration: ESTree.Node, place: Place): Place;
}

/** What needs no place where CommonJS gives it away: it has one, or is none. */
const IS_OF_ITSELF = new Set<Value["kind"]>([
  ...(["state", "function", "class", "server", "socket", "outside", "package"] as const),
]);

/** Whether a module is a file of data: bundlers make an object of it, which anybody may change. */
export function isDataFile(name: string): boolean {
  return /\.(json5?|ya?ml|toml)$/.test(name);
}

/** Where an import is from. */
function sourceOf(node: ESTree.Node, declaration: ESTree.ImportDeclaration | undefined) {
  return declaration?.source ? String(declaration.source.value) : requiredBy(node);
}

export class Imports {
  readonly #evaluator: ExportsEvaluator;
  readonly #project: Project;
  /** By the computed name. */
  readonly #loaded = new Map<ESTree.Node, Module[]>();
  readonly #imported = new Map<Module, Module[]>();
  /** By the importing module and the name that it uses: files stay as they are during an analysis. */
  readonly #targets = new Map<Module, Map<string, Module | undefined>>();

  constructor(evaluator: ExportsEvaluator, project: Project) {
    this.#evaluator = evaluator;
    this.#project = project;
  }

  /** Whether a name that an import declares is the object of a file of data. */
  isData(node: ESTree.Node, declaration: ESTree.ImportDeclaration): boolean {
    return isDataFile(sourceOf(node, declaration) ?? "");
  }

  /** What a name that an import declares stands for. */
  binding(module: Module, node: ESTree.Node, declaration: ESTree.ImportDeclaration): Value[] {
    const from = sourceOf(node, declaration);
    if (node.type === "ImportSpecifier") {
      const { imported } = node;
      return this.from(
        module,
        from,
        imported.type === "Identifier" ? imported.name : String(imported.value),
      );
    }
    return this.from(module, from, node.type === "ImportDefaultSpecifier" ? "default" : WHOLE);
  }

  /** What a module or a package gives under a name; all of it under `WHOLE`. */
  from(module: Module, from: string | undefined, name: string): Value[] {
    if (from === undefined) return [];
    const target = this.#follow(module, from);
    if (target) return this.exported(target, name);
    if (from.startsWith(".")) return [];
    return [{ kind: "package", name: from, path: name === WHOLE ? [] : [name] }];
  }

  #follow(module: Module, specifier: string): Module | undefined {
    const targets = this.#targets.get(module) ?? new Map<string, Module | undefined>();
    this.#targets.set(module, targets);
    if (!targets.has(specifier)) targets.set(specifier, this.#project.follow(module, specifier));
    return targets.get(specifier);
  }

  /** These modules, and all of the project's own that they import, and those, and so on. */
  reachableFrom(modules: Iterable<Module>): Module[] {
    const reached = new Set(modules);
    // A set goes on with what is added meanwhile.
    for (const module of reached) for (const next of this.#importedBy(module)) reached.add(next);
    return [...reached];
  }

  #importedBy(module: Module): Module[] {
    const known = this.#imported.get(module);
    if (known) return known;
    const imported = module.imports.map((name) => this.#follow(module, name));
    const found = imported.filter((one) => one !== undefined);
    this.#imported.set(module, found);
    return found;
  }

  /** What `require(…)` and `import(…)` give: of a computed name, all that it may be. */
  loaded(module: Module, name: ESTree.Node): Value[] {
    const written = writtenName(name);
    if (written !== undefined) return this.from(module, written, WHOLE);
    const targets = this.#loaded.get(name) ?? this.#project.followAll(module, name);
    this.#loaded.set(name, targets);
    return union(...targets.map((target) => this.exported(target, WHOLE)));
  }

  /** What a module gives away under a name. */
  exported(module: Module, name: string, seen = new Set<Module>()): Value[] {
    if (seen.has(module)) return [];
    seen.add(module);
    const whole = module.exportOf(WHOLE);
    if (name === WHOLE) return whole ? this.#given(module, whole) : [{ kind: "module", module }];
    const given = module.exportOf(name);
    if (given) return this.#given(module, given);
    if (whole) {
      const values = this.#given(module, whole);
      return name === "default" ? values : this.#evaluator.member(values, name);
    }
    for (const from of module.stars) {
      const target = this.#follow(module, from);
      const values = target ? this.exported(target, name, seen) : [];
      if (values.length > 0) return values;
    }
    return [];
  }

  #given(module: Module, given: Export): Value[] {
    if (given.kind === "elsewhere") return this.from(module, given.from, given.name);
    const values = this.#evaluator.evaluate(module, given.node);
    if (!given.property || values.some(({ kind }) => IS_OF_ITSELF.has(kind))) return values;
    const { property: declaration } = given;
    const name = module.source.getText(declaration);
    const place = this.#evaluator.place(declaration, { module, declaration, name });
    return [...values, { kind: "state", place, isCopy: false }];
  }
}

/** TypeScript's `import … = require`. */
function requiredBy(node: ESTree.Node): string | undefined {
  const { moduleReference } = node as unknown as { moduleReference?: { expression?: ESTree.Node } };
  return textOf(moduleReference?.expression);
}
