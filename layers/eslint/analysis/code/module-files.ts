/** The files of modules: behind the names that imports have for them. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, extname, isAbsolute, join, resolve, sep } from "node:path";
import { pathsOf } from "./aliases.ts";
import { type NamePattern, textOfPiece } from "./name-patterns.ts";

const ENDINGS = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];
/** TypeScript's sources are imported by the names of what they become. */
const SOURCES_OF: Record<string, string[]> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};
/** What is no code. */
const OTHER_ENDING = /\.(json5?|ya?ml|toml|html?|css|txt|md|wasm|node|sql|proto|graphql|env)$/;
const NO_SERVER = /(\.d\.[cm]?ts|\.(test|spec)\.[cm]?[jt]sx?)$/;
/** More are not looked at. */
const MOST_FILES = 100;
const DEEPEST_FOLDER = 4;

/** The file behind an import of the project's own; none for packages. */
export function findImported(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".") || isAbsolute(specifier)) {
    return findFile(resolve(dirname(from), specifier));
  }
  for (const path of pathsOf(from, specifier)) {
    const file = path.includes(`${sep}node_modules${sep}`) ? undefined : findFile(path);
    if (file !== undefined) return file;
  }
  return undefined;
}

function findFile(path: string): string | undefined {
  const ending = extname(path);
  const bare = path.slice(0, path.length - ending.length);
  const candidates = [
    path,
    ...(SOURCES_OF[ending] ?? []).map((other) => bare + other),
    ...ENDINGS.map((other) => path + other),
    ...ENDINGS.map((other) => join(path, `index${other}`)),
  ];
  return candidates.find(
    (candidate) =>
      ENDINGS.includes(extname(candidate)) && existsSync(candidate) && statSync(candidate).isFile(),
  );
}

/** All files that a computed name may be of; undefined if there may be others. */
export function findMatching(from: string, pattern: NamePattern): string[] | undefined {
  const start = textOfPiece(pattern[0])?.replace(/^file:\/\//, "") ?? "";
  const end = textOfPiece(pattern.at(-1)) ?? "";
  if (OTHER_ENDING.test(end)) return [];
  if (pattern.length === 1 && start !== "") {
    const file = findImported(from, start);
    return file === undefined ? [] : [file];
  }
  if (!/^(\.|\/|[A-Za-z]:[\\/])/.test(start)) return undefined;
  const folder = resolve(dirname(from), start.slice(0, start.lastIndexOf("/") + 1));
  const first = { text: start.slice(start.lastIndexOf("/") + 1) };
  const wanted = expressionFor([first, ...pattern.slice(1)]);
  const found = filesBelow(folder, "", 0).filter(
    (name) => join(folder, name) !== from && namesOf(name).some((one) => wanted.test(one)),
  );
  if (found.length === 0 || found.length > MOST_FILES) return undefined;
  return found.map((name) => join(folder, name));
}

function expressionFor(pattern: NamePattern): RegExp {
  const parts = pattern.map((piece) => {
    if (piece === "any") return "[^/]*";
    if (piece === "deep") return "(?:.*/)?";
    return piece.text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}

/** What a file may be called where it is imported: with its ending, or the one it will have, or none. */
function namesOf(file: string): string[] {
  const ending = extname(file);
  const bare = file.slice(0, file.length - ending.length);
  const built = Object.keys(SOURCES_OF).filter((one) => SOURCES_OF[one]?.includes(ending));
  const folder = bare.replace(/\/index$/, "");
  return [file, bare, folder, ...built.map((one) => bare + one)];
}

function filesBelow(folder: string, prefix: string, depth: number): string[] {
  if (depth > DEEPEST_FOLDER || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    return [];
  }
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const { name } = entry;
    if (name.startsWith(".") || name === "node_modules") return [];
    if (entry.isDirectory()) return filesBelow(join(folder, name), `${prefix}${name}/`, depth + 1);
    return ENDINGS.includes(extname(name)) && !NO_SERVER.test(name) ? [prefix + name] : [];
  });
}
