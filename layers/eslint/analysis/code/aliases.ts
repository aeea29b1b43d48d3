/** What a project calls its own modules by: `paths` of tsconfig.json, `imports` of package.json, packages of its workspace. */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";

/** Configurations that extend each other in circles, or very far, extend nothing. */
const DEEPEST = 8;
const CONFIGS = ["tsconfig.json", "jsconfig.json"];
/** Conditions of `imports` that may lead to a source, the likeliest first. */
const CONDITIONS = ["workerd", "node", "import", "module", "default", "require", "types"];

type Json = Record<string, unknown>;

interface Read {
  readonly stamp: string;
  readonly value: Json | undefined;
}

const files = new Map<string, Read>();

/** The paths that a name may mean, as they are written down: the endings may be missing. */
export function pathsOf(from: string, name: string): string[] {
  // Whose sources these are, nothing is to be found in them.
  if (/^(socket\.io|dormouse-io)($|\/)/.test(name)) return [];
  if (name.startsWith("#")) return nearest(from, ["package.json"], importsOf(name));
  const mappedTo = nearest(from, CONFIGS, (path) => mapped(path, name, 0));
  return [...mappedTo, ...workspacePaths(from, name)];
}

/** Names of packages, with what may follow: `@mono/shared/votes`. */
const PACKAGE = /^(@[^/]+\/[^/]+|[^@./][^/]*)(\/.+)?$/;
/** Folders of what is built of the sources. */
const BUILT = /^(\.\/)?(dist|build|lib|out)\//;

/** A package of the same workspace is a link to its folder: its sources are the project's own. */
function workspacePaths(from: string, name: string): string[] {
  const [, own = "", rest = ""] = PACKAGE.exec(name) ?? [];
  if (own === "" || own.startsWith("node:")) return [];
  return nearest(from, [join("node_modules", own)], (link) => {
    if (!statSync(link, { throwIfNoEntry: false })?.isDirectory()) return undefined;
    const folder = realpathSync(link);
    if (folder.includes(`${sep}node_modules${sep}`)) return [];
    const { exports, main } = (read(join(folder, "package.json")) ?? {}) as Json;
    const table = typeof exports === "object" && exports !== null ? (exports as Json) : {};
    const isTable = Object.keys(table).some((key) => key.startsWith("."));
    const targets = match(isTable ? table : { ".": exports ?? main ?? [] }, `.${rest}`, String);
    const sources = targets.map((target) => target.replace(BUILT, "src/"));
    const guesses = rest === "" ? ["src/index", "index"] : [`src${rest}`, `.${rest}`];
    return [...sources, ...targets, ...guesses].map((target) => resolve(folder, target));
  });
}

/** What the nearest file above says; none above that is asked. */
function nearest(
  from: string,
  names: readonly string[],
  ask: (path: string) => string[] | undefined,
): string[] {
  for (let folder = dirname(from), last = ""; folder !== last; folder = dirname(folder)) {
    last = folder;
    for (const name of names) {
      const found = ask(join(folder, name));
      if (found) return found;
    }
    if (dirname(folder) === folder) break;
  }
  return [];
}

function importsOf(name: string) {
  return (path: string): string[] | undefined => {
    const project = read(path);
    if (!project) return undefined;
    const { imports } = project as { imports?: Json };
    return match(imports ?? {}, name, (target) => resolve(dirname(path), target));
  };
}

/** By `paths` and `baseUrl`, its own or those of what it extends. Undefined if there is no such file. */
function mapped(path: string, name: string, depth: number): string[] | undefined {
  const config = depth > DEEPEST ? undefined : read(path);
  if (!config) return undefined;
  const { baseUrl, paths } = (config.compilerOptions ?? {}) as { baseUrl?: string; paths?: Json };
  const base = resolve(dirname(path), baseUrl ?? ".");
  const found = match(paths ?? {}, name, (target) => resolve(base, target));
  if (baseUrl !== undefined) found.push(resolve(base, name));
  if (found.length > 0) return found;
  for (const parent of [config.extends].flat()) {
    if (typeof parent !== "string" || !parent.startsWith(".")) continue;
    const file = resolve(dirname(path), parent);
    const given = mapped(file, name, depth + 1) ?? mapped(`${file}.json`, name, depth + 1);
    if (given && given.length > 0) return given;
  }
  return [];
}

/** The targets of the pattern that a name is of: `@/*` to `./src/*`. */
function match(table: Json, name: string, toPath: (target: string) => string): string[] {
  for (const [pattern, targets] of Object.entries(table)) {
    const rest = restOf(pattern, name);
    if (rest === undefined) continue;
    return targetsIn(targets).map((target) => toPath(target.replaceAll("*", () => rest)));
  }
  return [];
}

/** What stands for the star; undefined if the name is not of that pattern. */
function restOf(pattern: string, name: string): string | undefined {
  const [start = "", end] = pattern.split("*");
  if (end === undefined) return pattern === name ? "" : undefined;
  const isLong = name.length >= start.length + end.length;
  if (!isLong || !name.startsWith(start) || !name.endsWith(end)) return undefined;
  return name.slice(start.length, name.length - end.length);
}

function targetsIn(targets: unknown): string[] {
  if (typeof targets === "string") return targets.startsWith("#") ? [] : [targets];
  if (Array.isArray(targets)) return targets.flatMap(targetsIn);
  if (typeof targets !== "object" || targets === null) return [];
  return CONDITIONS.flatMap((condition) => targetsIn((targets as Json)[condition]));
}

/** A file of JSON with comments. Undefined if there is none, or it cannot be read. */
function read(path: string): Json | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return undefined;
  const stamp = `${stats.mtimeMs} ${stats.size}`;
  const known = files.get(path);
  if (known?.stamp === stamp) return known.value;
  const value = parse(readFileSync(path, "utf8"));
  files.set(path, { stamp, value });
  return value;
}

function parse(text: string): Json | undefined {
  // Strings are left alone, comments and commas before a closing bracket go.
  const plain = text.replace(
    /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=\s*[}\]])/g,
    (_, string) => string ?? "",
  );
  try {
    const value = JSON.parse(plain);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
