/** The modules of a project: found from their importers, parsed once. */
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join, relative, resolve } from "node:path";
import type { Linter, Rule, SourceCode } from "eslint";
import type * as ESTree from "estree";
import { Module } from "./module.ts";
import { findImported, findMatching } from "./module-files.ts";
import { patternsOf } from "./name-patterns.ts";

/** Longer files are made by machines. */
const LARGEST_FILE_BYTES = 1_000_000;

/** How many modules are kept parsed from one file that is looked at to the next. */
const MOST_MODULES = 250;

/** What of ESLint's the analysis needs to parse a module that is not being linted. */
export interface Tools {
  readonly Linter: typeof Linter;
  /** `@typescript-eslint/parser`, where there is one. */
  readonly typescript?: Linter.Parser;
}

let given: Tools | undefined;

/** For a program that brings its own ESLint, which this module could not find by itself. */
export function useTools(tools: Tools): void {
  given = tools;
}

interface Parsed {
  readonly stamp: string;
  readonly module: Module | undefined;
}

export class Project {
  readonly #folder: string;
  readonly #modules = new Map<string, Parsed>();
  /** What the modules import that ESLint looked at, by their paths: files, and not the modules, which are large. */
  readonly #imports = new Map<string, readonly string[]>();
  #tools: Tools | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The module that ESLint is looking at, as its editor has it. */
  open(context: Rule.RuleContext): Module {
    const path = resolve(this.#folder, context.filename);
    const module = new Module(path, context.sourceCode);
    this.#imports.set(path, this.#importsOf(module));
    this.#forgetOldest();
    this.#tools ??= given ?? findTools(this.#folder, context);
    return module;
  }

  /** The files of the project that a module imports, once ESLint has looked at it. */
  importsOf(path: string): readonly string[] {
    return this.#imports.get(path) ?? [];
  }

  #importsOf(module: Module): string[] {
    const named = module.imports.map((name) => findImported(module.path, name));
    const computed = module.computedImports.flatMap((node) => this.filesLoaded(module, node) ?? []);
    return [...named.filter((file) => file !== undefined), ...computed];
  }

  /** Of many modules those that were asked for last are kept: a large project has more than fit into memory. */
  #forgetOldest(): void {
    for (const path of this.#modules.keys()) {
      if (this.#modules.size <= MOST_MODULES) return;
      this.#modules.delete(path);
    }
  }

  /** The files that a computed name may be of; undefined if there may be others. */
  filesLoaded(module: Module, name: ESTree.Node): string[] | undefined {
    const found = patternsOf(module, this.#folder, name).map((pattern) =>
      findMatching(module.path, pattern),
    );
    return found.includes(undefined) ? undefined : [...new Set(found.flatMap((one) => one ?? []))];
  }

  /** The modules behind a computed name, as far as they can be told. */
  followAll(module: Module, name: ESTree.Node): Module[] {
    const files = this.filesLoaded(module, name) ?? [];
    return files.map((file) => this.#read(file)).filter((one) => one !== undefined);
  }

  /** The names of the files that a module imports, and that are too large to be looked at. */
  tooLargeFor(module: Module): string[] {
    const files = module.imports.map((name) => findImported(module.path, name));
    return files
      .filter((file) => file !== undefined && statSync(file).size > LARGEST_FILE_BYTES)
      .map((file) => relative(this.#folder, file as string));
  }

  /** The module behind an import of the project's own; none for packages and for what cannot be parsed. */
  follow(from: Module, specifier: string): Module | undefined {
    const path = findImported(from.path, specifier);
    return path === undefined ? undefined : this.#read(path);
  }

  #read(path: string): Module | undefined {
    const { mtimeMs, size } = statSync(path);
    const stamp = `${mtimeMs} ${size}`;
    const known = this.#modules.get(path);
    if (known?.stamp === stamp) {
      this.#modules.delete(path);
      this.#modules.set(path, known);
      return known.module;
    }
    const module = size > LARGEST_FILE_BYTES ? undefined : this.#parse(path);
    this.#modules.set(path, { stamp, module });
    return module;
  }

  #parse(path: string): Module | undefined {
    if (!this.#tools) return undefined;
    const isTypeScript = /\.[cm]?tsx?$/.test(path);
    const { typescript, Linter } = this.#tools;
    if (isTypeScript && !typescript) return undefined;
    const text = readFileSync(path, "utf8");
    for (const sourceType of ["module", "commonjs"] as const) {
      const options: Linter.LanguageOptions = {
        sourceType,
        parserOptions: { ecmaFeatures: { jsx: !/\.[cm]?ts$/.test(path) } },
        ...(isTypeScript ? { parser: typescript } : {}),
      };
      const source = parse(Linter, text, `file${extname(path)}`, options);
      if (source) return new Module(path, source);
    }
    return undefined;
  }
}

/** ESLint parses and analyses scopes on its way to a rule; this rule keeps what it is given. */
function parse(
  LinterClass: typeof Linter,
  text: string,
  name: string,
  languageOptions: Linter.LanguageOptions,
): SourceCode | undefined {
  let source: SourceCode | undefined;
  const keep: Rule.RuleModule = {
    create(context) {
      source = context.sourceCode;
      return {};
    },
  };
  const plugins = { analysis: { rules: { keep } } };
  const rules = { "analysis/keep": "error" } as const;
  const linter = new LinterClass({ configType: "flat" });
  try {
    linter.verify(text, [{ files: [`**/${name}`], plugins, rules, languageOptions }], {
      filename: name,
      allowInlineConfig: false,
    });
  } catch {
    // More than fits on the stack: who lints the file itself is told.
  }
  return source;
}

/** ESLint and the parser as this package, or else the project, sees them. */
function findTools(folder: string, context: Rule.RuleContext): Tools | undefined {
  const eslint = load<{ Linter: typeof Linter }>("eslint", folder);
  if (!eslint) return undefined;
  const current = context.languageOptions?.parser as Linter.Parser | undefined;
  const isTypeScript = /typescript/.test(String(current?.meta?.name));
  const typescript = isTypeScript
    ? current
    : load<Linter.Parser>("@typescript-eslint/parser", folder);
  return { Linter: eslint.Linter, typescript };
}

function load<T>(name: string, folder: string): T | undefined {
  for (const base of [import.meta.url, join(folder, "package.json")]) {
    try {
      return createRequire(base)(name);
    } catch {
      // Not there, or not for this TypeScript: the next place may have one.
    }
  }
  return undefined;
}
