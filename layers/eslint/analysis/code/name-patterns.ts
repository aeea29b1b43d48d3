/** What a computed name of a module may be: `"./handlers/" + name`, `path.join(__dirname, "handlers", file)`. */
import { dirname } from "node:path";
import type * as ESTree from "estree";
import type { Module } from "./module.ts";
import { argumentsOf, isFunction, parentOf, propertyName, returnsOf, unwrap } from "./syntax.ts";

/** A part of a name: as it is written down, or anything in one folder, or any folders. */
export type Piece = { readonly text: string } | "any" | "deep";
/** The parts of a name. */
export type NamePattern = readonly Piece[];

/** Nothing of it is known. */
const ANYTHING: readonly NamePattern[] = [["any"]];
const MOST_PATTERNS = 50;
/** Names that are made of each other over more steps may be anything. */
const DEEPEST = 12;
const GLOBS = /^(glob|globSync|globby|globbySync|fastGlob|fg|tinyglobby|readdirp)$/;

export function textOfPiece(piece: Piece | undefined): string | undefined {
  return typeof piece === "object" ? piece.text : undefined;
}

/** All that an expression may be, as far as one sees. */
export function patternsOf(module: Module, folder: string, node: ESTree.Node): NamePattern[] {
  return new Reader(module, folder).read(node, 0).map(joined);
}

/** Neighbours that are written down are one. */
function joined(pattern: NamePattern): NamePattern {
  const pieces: Piece[] = [];
  for (const piece of pattern) {
    const [last, text] = [textOfPiece(pieces.at(-1)), textOfPiece(piece)];
    if (last === undefined || text === undefined) pieces.push(piece);
    else pieces[pieces.length - 1] = { text: last + text };
  }
  return pieces;
}

function literally(text: string): readonly NamePattern[] {
  return [[{ text }]];
}

class Reader {
  readonly #module: Module;
  /** What names that are not relative to the module are relative to. */
  readonly #folder: string;

  constructor(module: Module, folder: string) {
    this.#module = module;
    this.#folder = folder;
  }

  read(expression: ESTree.Node | null | undefined, depth: number): readonly NamePattern[] {
    if (!expression || depth > DEEPEST) return ANYTHING;
    const node = unwrap(expression);
    const inside = (part: ESTree.Node) => this.read(part, depth + 1);
    switch (node.type) {
      case "Literal":
        return literally(String(node.value));
      case "TemplateLiteral":
        return this.#sequence(
          node.quasis.flatMap(({ value }, at) => {
            const expression = node.expressions[at];
            const text = literally(value.cooked ?? "");
            return expression ? [text, inside(expression)] : [text];
          }),
        );
      case "BinaryExpression":
        return node.operator === "+"
          ? this.#sequence([inside(node.left), inside(node.right)])
          : ANYTHING;
      case "AwaitExpression":
        return inside(node.argument);
      case "ConditionalExpression":
        return [...inside(node.consequent), ...inside(node.alternate)];
      case "Identifier":
        return this.#variable(node, depth);
      case "MemberExpression":
        return this.#member(node, depth);
      case "NewExpression":
      case "CallExpression":
        return this.#call(node, depth);
      default:
        return ANYTHING;
    }
  }

  #sequence(parts: readonly (readonly NamePattern[])[]): readonly NamePattern[] {
    let all: NamePattern[] = [[]];
    for (const part of parts) {
      all = all.flatMap((start) => part.map((end) => [...start, ...end]));
      if (all.length > MOST_PATTERNS) return ANYTHING;
    }
    return all;
  }

  get #here(): readonly NamePattern[] {
    return literally(dirname(this.#module.path));
  }

  #variable(node: ESTree.Identifier, depth: number): readonly NamePattern[] {
    const variable = this.#module.variableOf(node);
    if (!variable) return node.name === "__dirname" ? this.#here : ANYTHING;
    const [def] = variable.defs;
    const isWritten = variable.references.some(({ init, writeExpr }) => writeExpr && !init);
    if (!def || isWritten) return ANYTHING;
    if (def.type === "Parameter") return this.#parameter(def.name as ESTree.Node, depth);
    if (def.type !== "Variable" || def.node.id !== def.name) return ANYTHING;
    const loop = parentOf(parentOf(def.node) as ESTree.Node);
    if (loop?.type === "ForOfStatement" && loop.left === parentOf(def.node)) {
      return this.#elements(loop.right, depth + 1);
    }
    return this.read(def.node.init, depth + 1);
  }

  /** `files.forEach((file) => …)`, and `load("./handlers")` of `function load(folder) {}`. */
  #parameter(name: ESTree.Node, depth: number): readonly NamePattern[] {
    const code = parentOf(name);
    if (!code || !isFunction(code)) return ANYTHING;
    const at = code.params.indexOf(name as ESTree.Pattern);
    const call = parentOf(code);
    if (call?.type === "CallExpression" && call.callee.type === "MemberExpression" && at === 0) {
      return this.#elements(call.callee.object, depth + 1);
    }
    const named = code.type === "FunctionDeclaration" ? code.id : undefined;
    const id = call?.type === "VariableDeclarator" ? call.id : named;
    const uses = id ? (this.#module.variableOf(id)?.references ?? []) : [];
    const given = uses.flatMap(({ identifier, init }) => {
      if (init) return [];
      const use = parentOf(identifier as ESTree.Node);
      const isCall = use?.type === "CallExpression" && use.callee === identifier;
      return isCall ? this.read(use.arguments[at], depth + 1) : ANYTHING;
    });
    return given.length > 0 ? given : ANYTHING;
  }

  #member(node: ESTree.MemberExpression, depth: number): readonly NamePattern[] {
    const name = propertyName(node);
    if (node.object.type === "MetaProperty") return name === "dirname" ? this.#here : ANYTHING;
    const isPart = name === "href" || name === "pathname";
    return isPart ? this.read(node.object, depth + 1) : ANYTHING;
  }

  #call(
    node: ESTree.SimpleCallExpression | ESTree.NewExpression,
    depth: number,
  ): readonly NamePattern[] {
    const args = argumentsOf(node);
    const [first, second] = args;
    const inside = (part: ESTree.Node | undefined) => this.read(part, depth + 1);
    switch (nameOf(node.callee)) {
      case "join":
      case "resolve": {
        const isRooted = textOfPiece(inside(first)[0]?.[0])?.startsWith("/");
        const isWhole = isRooted || nameOf(node.callee) === "join";
        const start = isWhole ? [] : [literally(`${this.#folder}/`)];
        const parts = args.flatMap((arg, at) => (at > 0 ? [SLASH, inside(arg)] : [inside(arg)]));
        return normalized(this.#sequence([...start, ...parts]));
      }
      case "dirname":
        return /import\.meta\.url|__filename/.test(this.#textOf(node)) ? this.#here : ANYTHING;
      case "cwd":
        return literally(this.#folder);
      case "URL":
        return /import\.meta\.url/.test(this.#textOf(second)) ? inside(first) : ANYTHING;
      case "pathToFileURL":
      case "fileURLToPath":
      case "String":
        return inside(first);
      default:
        return ANYTHING;
    }
  }

  #textOf(node: ESTree.Node | undefined): string {
    return node ? this.#module.source.getText(node) : "";
  }

  /** What an element of a list of names may be. */
  #elements(expression: ESTree.Node | null | undefined, depth: number): readonly NamePattern[] {
    if (!expression || depth > DEEPEST) return ANYTHING;
    const node = unwrap(expression);
    if (node.type === "AwaitExpression") return this.#elements(node.argument, depth + 1);
    if (node.type === "ArrayExpression") {
      return node.elements.flatMap((element) => this.read(element, depth + 1));
    }
    if (node.type === "Identifier") {
      const [def] = this.#module.variableOf(node)?.defs ?? [];
      const isMade = def?.type === "Variable" && def.node.id === def.name;
      return isMade ? this.#elements(def.node.init, depth + 1) : ANYTHING;
    }
    if (node.type !== "CallExpression") return ANYTHING;
    const [first] = argumentsOf(node);
    const { callee } = node;
    const name = nameOf(callee) ?? "";
    const holder = callee.type === "MemberExpression" ? callee.object : undefined;
    if (GLOBS.test(name) || (holder && GLOBS.test(nameOf(holder) ?? ""))) {
      return this.#glob(this.read(first, depth + 1).map(joined));
    }
    if (!holder) return ANYTHING;
    if (name === "map" && first && isFunction(first)) {
      const { body } = first;
      const given = body.type === "BlockStatement" ? returnsOf(body, this.#module.keys) : [body];
      return given.flatMap((value) => this.read(value, depth + 1));
    }
    const isSame = /^(filter|sort|reverse|slice|toSorted|concat)$/.test(name);
    return isSame ? this.#elements(holder, depth + 1) : ANYTHING;
  }

  /** `handlers/*.js`, from the project's folder. */
  #glob(given: readonly NamePattern[]): readonly NamePattern[] {
    return given.flatMap((pattern) => {
      const text = pattern.length === 1 ? textOfPiece(pattern[0]) : undefined;
      if (text === undefined || /[[\]{}!?]/.test(text)) return ANYTHING;
      const from = text.startsWith("/") ? text : `${this.#folder}/${text.replace(/^\.\//, "")}`;
      return [from.split(/(\*\*\/|\*)/).map(pieceOfGlob)];
    });
  }
}

function pieceOfGlob(part: string): Piece {
  if (part === "**/") return "deep";
  return part === "*" ? "any" : { text: part };
}

const SLASH = literally("/");

/** `./` and doubled slashes, which joining takes away. */
function normalized(patterns: readonly NamePattern[]): readonly NamePattern[] {
  return patterns.map((pattern) =>
    joined(pattern).map((piece, at) => {
      const text = textOfPiece(piece)
        ?.replace(/\/(\.\/)+/g, "/")
        .replace(/\/{2,}/g, "/");
      if (text === undefined) return piece;
      return { text: at > 0 ? text.replace(/^\.\//, "") : text };
    }),
  );
}

function nameOf(callee: ESTree.Node): string | undefined {
  const inner = unwrap(callee);
  if (inner.type === "MemberExpression") return propertyName(inner);
  return inner.type === "Identifier" ? inner.name : undefined;
}
