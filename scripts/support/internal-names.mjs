// Which names of members are nobody's but the library's own: in dist/ they are short (see short-names.mjs).
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { ROOT } from "./process.mjs";
import { filesBelow } from "./sources.mjs";

/** Where they are declared. The layers have the public API only. */
const LIBRARY = ["glue/", "durable-objects/"];
const PROJECTS = ["tsconfig.json", "tsconfig.node.json"];
/** What others write against, and may reach of it: members that are private there, or in no entry, too. */
const UPSTREAM = ["socket.io/dist", "socket.io-adapter/dist", "engine.io/build", "@types/ws"];
/**
 * What no declaration has, and npm's packages for Node reach of a response (`on-headers`), and Node's `emit` of an emitter
 * that it is called on.
 */
const REACHED = ["_implicitHeader", "_events"];
/** What long-polling's entry exports is handed to the option `transports`, and has no members for anybody else. */
const OPAQUE = "glue/engine/polling/index.ts";

/**
 * @typedef {object} InternalName
 * @property {string} name
 * @property {number} uses how often the library's sources have it
 * @property {boolean} isBesideOthers whether objects have it on which applications hang properties, or which they extend
 * @property {ts.ClassLikeDeclaration[]} classes whose instances have it
 * @property {boolean} isCertain whether it is asked only of those, for all that their types say: members of classes that
 *   are no relatives may have the same short name then
 */

/**
 * The names that may be others in dist/ than in the sources. A name is one of them if members of classes have it, and
 * - no other object of the library: what is stored, sent or read from the platform are plain objects, whose shapes
 *   are interfaces and literals, not classes;
 * - nothing public, of what the package's entries export and of what that refers to;
 * - nothing of the language, the platforms, and upstream;
 * - no string, by which a member may be asked for, and no layer.
 * @returns {{ names: InternalName[], taken: Set<string> }} `taken`: what else the library's objects may have
 */
export function internalNames() {
  const program = parse();
  // It binds, so that nodes know their parents.
  const checker = program.getTypeChecker();
  const found = survey(program, checker);
  const { names: published, classes } = publicNames(program);
  const open = openClasses(found.classes, classes, checker);
  const lines = linesOf(found.classes, checker);
  const names = [...found.members]
    .filter(([name]) => {
      const others = [found.shapes, found.foreign, found.strings, found.layers, published];
      return !others.some((set) => set.has(name));
    })
    .map(([name, owners]) => ({
      name,
      uses: found.places.get(name)?.length ?? 0,
      isBesideOthers: owners.some((owner) => open.has(owner)),
      classes: lines.filter((line) => owners.some((one) => line.includes(one))).map(([one]) => one),
      isCertain: (found.places.get(name) ?? []).every((place) => isCertain(place, checker)),
    }));
  return { names, taken: new Set([...found.places.keys(), ...found.strings, ...found.layers]) };
}

/**
 * Whether the object of which a member is asked has it, by its type: not where the member is optional, where nobody
 * knows the type, nor where the code says better than the compiler what it is.
 * @param {ts.Identifier} place
 * @param {ts.TypeChecker} checker
 */
function isCertain(place, checker) {
  const { parent } = place;
  let object;
  if (ts.isPropertyAccessExpression(parent)) object = parent.expression;
  else if (ts.isBindingElement(parent)) object = parent.parent;
  else return !(/** @type {{ questionToken?: ts.Node }} */ (parent).questionToken);
  if (ts.isParenthesizedExpression(object) && ts.isAsExpression(object.expression)) return false;
  const type = checker.getNonNullableType(checker.getTypeAtLocation(object));
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return false;
  const member = checker.getPropertyOfType(checker.getApparentType(type), place.text);
  return member !== undefined && !(member.flags & ts.SymbolFlags.Optional);
}

/** Sources of the library, and the declarations of all that they meet. */
function parse() {
  const sources = PROJECTS.flatMap((project) => {
    const { config } = ts.readConfigFile(join(ROOT, project), ts.sys.readFile);
    return ts.parseJsonConfigFileContent(config, ts.sys, ROOT).fileNames;
  });
  const folders = UPSTREAM.map((folder) => `node_modules/${folder}`);
  const upstream = filesBelow(folders, /\.d\.ts$/).map((file) => join(ROOT, file));
  return ts.createProgram([...new Set(sources), ...upstream], {
    lib: ["lib.es2023.d.ts"],
    module: ts.ModuleKind.NodeNext,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    types: ["@cloudflare/workers-types", "node"],
  });
}

/** @param {ts.SourceFile} file */
function pathOf(file) {
  return relative(ROOT, file.fileName);
}

/** @param {ts.SourceFile} file */
function isLibrary(file) {
  return LIBRARY.some((folder) => pathOf(file).startsWith(folder));
}

/**
 * Who has which names.
 * @param {ts.Program} program
 * @param {ts.TypeChecker} checker
 */
function survey(program, checker) {
  const layers = filesBelow(["layers"], /(?<!\.d)\.ts$/).map((file) => {
    const path = join(ROOT, file);
    return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true);
  });
  const files = [...program.getSourceFiles(), ...layers];
  const found = {
    /** @type {Map<string, ts.ClassLikeDeclaration[]>} members of the library's classes, with their classes */
    members: new Map(),
    /** @type {Set<ts.ClassLikeDeclaration>} */
    classes: new Set(),
    /** Members of other objects of the library. */
    shapes: new Set(),
    /** @type {ts.InterfaceDeclaration[]} the library's */
    interfaces: [],
    /** Names of all that is declared elsewhere. */
    foreign: new Set(REACHED),
    strings: new Set(),
    /** Identifiers in the layers. */
    layers: new Set(),
    /** @type {Map<string, ts.Identifier[]>} where the library's sources name members */
    places: new Map(),
  };
  for (const file of files) {
    const [isOurs, isLayer] = [isLibrary(file), layers.includes(file)];
    /** @param {ts.Node} node */
    const visit = (node) => {
      if (isOurs || isLayer) noteString(node, found.strings);
      const name = nameOf(node);
      if (isLayer && ts.isIdentifier(node) && mayNameMember(node)) found.layers.add(node.text);
      else if (!isOurs && !isLayer && name !== undefined) found.foreign.add(name);
      else if (isOurs) noteOurs(node, name, found);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  const lines = linesOf(found.classes, checker);
  for (const one of found.interfaces) {
    const names = one.members.map(nameOf).filter((name) => name !== undefined);
    if (isOfClass(names, found.members, lines)) continue;
    for (const name of names) if (!name.startsWith("_")) found.shapes.add(name);
  }
  return found;
}

/**
 * Whether there is a class that has all members of an interface, so that this says what somebody needs of the class.
 * @param {string[]} names
 * @param {Map<string, ts.ClassLikeDeclaration[]>} members
 * @param {ts.ClassLikeDeclaration[][]} lines
 */
function isOfClass(names, members, lines) {
  return lines.some((line) => {
    return names.every((name) => members.get(name)?.some((one) => line.includes(one)));
  });
}

/**
 * Each class, with what it extends, and what that extends.
 * @param {Set<ts.ClassLikeDeclaration>} classes
 * @param {ts.TypeChecker} checker
 */
function linesOf(classes, checker) {
  return [...classes].map((one) => {
    const line = [];
    for (let next = one; next; next = baseOf(next, classes, checker)) line.push(next);
    return line;
  });
}

/**
 * The class of the library that another extends; null if it extends another class than that.
 * @param {ts.ClassLikeDeclaration} one
 * @param {Set<ts.ClassLikeDeclaration>} classes
 * @param {ts.TypeChecker} checker
 */
function baseOf(one, classes, checker) {
  const clause = one.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
  if (!clause) return undefined;
  const declaration = declarationOf(clause.types[0]?.expression, checker);
  return [...classes].find((other) => other === declaration) ?? null;
}

/**
 * The declaration that an expression stands for, under whichever name and type: of `const Untyped = EventEmitter as …`,
 * the class.
 * @param {ts.Node | undefined} expression
 * @param {ts.TypeChecker} checker
 * @returns {ts.Declaration | undefined}
 */
function declarationOf(expression, checker) {
  if (!expression) return undefined;
  if (ts.isAsExpression(expression) || ts.isParenthesizedExpression(expression)) {
    return declarationOf(expression.expression, checker);
  }
  let symbol = checker.getSymbolAtLocation(expression);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const declaration = symbol?.valueDeclaration;
  if (declaration && ts.isVariableDeclaration(declaration) && declaration.initializer) {
    return declarationOf(declaration.initializer, checker);
  }
  return declaration;
}

/**
 * Whether a member may be meant. Variables are nobody's.
 * @param {ts.Identifier} node
 */
function mayNameMember({ parent, text }) {
  const isNamed = nameOf(parent) === text && !ts.isVariableDeclaration(parent);
  return isNamed || ts.isBindingElement(parent);
}

/**
 * Whether a member is meant, of whatever.
 * @param {ts.Identifier} node
 */
function namesMember(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isBindingElement(parent)) return (parent.propertyName ?? parent.name) === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  const isElement =
    ts.isClassElement(parent) ||
    ts.isTypeElement(parent) ||
    ts.isObjectLiteralElement(parent) ||
    ts.isEnumMember(parent);
  return isElement && parent.name === node;
}

/** @param {ts.Node} node */
function nameOf(node) {
  const name = /** @type {{ name?: ts.Node }} */ (node).name;
  return name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : undefined;
}

/**
 * A string that may be a member's name, or a path of such. A sentence is none, nor a letter, nor the file that is
 * imported, nor a type (`Pick<Runtime, "now">`).
 * @param {ts.Node} node
 * @param {Set<string>} strings
 */
function noteString(node, strings) {
  const isText =
    ts.isStringLiteralLike(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddleOrTemplateTail(node);
  if (!isText || / /.test(node.text)) return;
  const { parent } = node;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return;
  if (ts.isLiteralTypeNode(parent)) return;
  for (const word of node.text.match(/[\w$]{2,}/g) ?? []) strings.add(word);
}

/**
 * @param {ts.Node} node
 * @param {string | undefined} name
 * @param {ReturnType<typeof survey>} found
 */
function noteOurs(node, name, found) {
  if (ts.isIdentifier(node) && namesMember(node)) {
    const places = found.places.get(node.text);
    if (places) places.push(node);
    else found.places.set(node.text, [node]);
  }
  if (ts.isClassLike(node)) found.classes.add(node);
  if (ts.isInterfaceDeclaration(node)) found.interfaces.push(node);
  if (name === undefined) return;
  const { parent } = node;
  if (ts.isClassElement(node) && ts.isClassLike(parent)) {
    found.members.set(name, [...(found.members.get(name) ?? []), parent]);
  } else if (ts.isTypeElement(node)) {
    // What begins with `_` is a class's, whoever says so of an object.
    if (!ts.isInterfaceDeclaration(parent) && !name.startsWith("_")) found.shapes.add(name);
  } else if (ts.isObjectLiteralElement(node) || ts.isEnumMember(node)) {
    found.shapes.add(name);
  }
}

/** The sources of the package's entries, without the layers. */
function entries() {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const modules = JSON.stringify(exports).matchAll(/"\.\/dist\/([^"]+)\.d\.ts"/g);
  const files = new Set(Array.from(modules, ([, path]) => `${path}.ts`));
  files.delete(OPAQUE);
  return [...files].filter((file) => LIBRARY.some((folder) => file.startsWith(folder)));
}

/**
 * Members of what the entries export, and of what the declarations of that refer to, and so on. Those are left out
 * that begin with `_` or that their comment calls internal.
 * @param {ts.Program} program
 */
function publicNames(program) {
  const checker = program.getTypeChecker();
  /** @type {Set<ts.Symbol>} */
  const symbols = new Set();
  /** @param {ts.Symbol | undefined} symbol */
  const add = (symbol) => {
    if (symbol)
      symbols.add(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  };
  for (const entry of entries()) {
    const file = program.getSourceFile(join(ROOT, entry));
    if (!file) throw new Error(`there is no ${entry}`);
    const module = checker.getSymbolAtLocation(file);
    if (module) checker.getExportsOfModule(module).forEach(add);
  }
  const names = new Set();
  const classes = new Set();
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (isHiddenFromUsers(node)) return;
    const name = nameOf(node);
    const isMember =
      ts.isClassElement(node) || ts.isTypeElement(node) || ts.isObjectLiteralElement(node);
    if (isMember && name !== undefined) names.add(name);
    if (ts.isClassLike(node)) classes.add(node);
    if (ts.isIdentifier(node) && /** @type {{ name?: ts.Node }} */ (node.parent).name !== node) {
      const symbol = checker.getSymbolAtLocation(node);
      if (
        symbol &&
        symbol.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Alias | ts.SymbolFlags.Variable)
      )
        add(symbol);
    }
    ts.forEachChild(node, visit);
  };
  // What a declaration refers to is added behind it.
  for (const symbol of symbols) {
    for (const declaration of symbol.declarations ?? []) {
      if (relative(ROOT, dirname(declaration.getSourceFile().fileName)).startsWith("node_modules"))
        continue;
      visit(declaration);
    }
  }
  return { names, classes };
}

/**
 * What a declaration file does not show to users, or shows as internal: bodies, constructors' parameters (users
 * construct nothing of the library's), and members of its own.
 * @param {ts.Node} node
 */
function isHiddenFromUsers(node) {
  if (ts.isBlock(node) || ts.isConstructorDeclaration(node)) return true;
  if (!ts.isClassElement(node) && !ts.isTypeElement(node)) return false;
  const isInternal = ts.getJSDocTags(node).some(({ tagName }) => tagName.text === "internal");
  return (
    isInternal ||
    nameOf(node)?.startsWith("_") === true ||
    node.name?.kind === ts.SyntaxKind.PrivateIdentifier
  );
}

/**
 * The classes that are public, what they extend, and what extends them.
 * @param {Set<ts.ClassLikeDeclaration>} classes
 * @param {Set<ts.Node>} published
 * @param {ts.TypeChecker} checker
 */
function openClasses(classes, published, checker) {
  const open = new Set([...classes].filter((one) => published.has(one)));
  for (let before = -1; before !== open.size; ) {
    before = open.size;
    for (const one of classes) {
      const base = baseOf(one, classes, checker);
      if (base === undefined) continue;
      // A class of the platform's, or one that is made by a function, may be extended by anybody.
      if (base === null || open.has(base) || open.has(one)) open.add(one);
      if (base !== null && open.has(one)) open.add(base);
    }
  }
  return open;
}
