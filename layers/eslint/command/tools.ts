/** ESLint and the parser for TypeScript: the project's own, or fetched by npm into its cache. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { basename, delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { ESLint, Linter } from "eslint";

/** What is fetched where a project has none. The parser needs TypeScript 6: there is none for 7. */
export const PACKAGES = ["eslint@10.15.0", "@typescript-eslint/parser@8.74.0", "typescript@6.0.3"];
const OLDEST_ESLINT = 9;

/** What files are written in. */
export type Language = "JavaScript" | "TypeScript";

export interface Tools {
  readonly ESLint: typeof ESLint;
  readonly Linter: typeof Linter;
  readonly typescript: Linter.Parser | undefined;
}

/** Says what to do about it, in one line. */
export class ToolsMissing extends Error {}

/**
 * The tools, from wherever they are.
 *
 * @param folder The project's.
 * @param language TypeScript if some of the files to be checked are.
 * @throws ToolsMissing if the project has none and npm cannot fetch them.
 */
export async function getTools(folder: string, language: Language): Promise<Tools> {
  const places = [join(folder, "package.json"), import.meta.url];
  const own = find(places, language);
  if (own) return own;
  const fetched = find(await fetchTools(), language);
  if (fetched) return fetched;
  throw new ToolsMissing(advice(""));
}

/** The first place that has all that is needed. */
function find(places: readonly string[], language: Language): Tools | undefined {
  for (const place of places) {
    const from = createRequire(place);
    const eslint = load<{ ESLint: typeof ESLint; Linter: typeof Linter }>(from, "eslint");
    if (!eslint || Number.parseInt(eslint.Linter.version, 10) < OLDEST_ESLINT) continue;
    const typescript = load<Linter.Parser>(from, "@typescript-eslint/parser");
    if (language === "TypeScript" && !typescript) continue;
    return { ...eslint, ESLint: eslint.ESLint, Linter: eslint.Linter, typescript };
  }
  return undefined;
}

function load<T>(from: NodeJS.Require, name: string): T | undefined {
  try {
    return from(name);
  } catch {
    // Not installed, or not for the TypeScript that is.
    return undefined;
  }
}

/** Has npm fetch the tools; gives where they are. */
async function fetchTools(): Promise<string[]> {
  console.error("ESLint is not installed here: npm fetches it into its cache, once.");
  const show = ["--", process.execPath, "-p", "process.env.PATH"];
  const packages = PACKAGES.map((name) => `--package=${name}`);
  const args = ["exec", "--yes", "--prefer-offline", "--loglevel=error", ...packages, ...show];
  try {
    const path = await runNpm(args);
    const bins = path.trim().split(delimiter);
    const isPackages = (bin: string) => basename(bin) === ".bin";
    return bins.filter(isPackages).map((bin) => join(bin, "..", "package.json"));
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new ToolsMissing(advice(stderr?.trim().split("\n")[0] ?? ""));
  }
}

async function runNpm(args: readonly string[]): Promise<string> {
  const run = promisify(execFile);
  const npm = process.env.npm_execpath ?? "";
  if (/^np[mx]-cli\.js$/.test(basename(npm))) {
    return (await run(process.execPath, [npm.replace(/npx-cli\.js$/, "npm-cli.js"), ...args]))
      .stdout;
  }
  // npm is a script that only a shell can run on Windows.
  const isWindows = process.platform === "win32";
  return (await run(isWindows ? "npm.cmd" : "npm", args, { shell: isWindows })).stdout;
}

function advice(reason: string): string {
  const why = reason === "" ? "" : ` (${reason})`;
  const names = PACKAGES.map((name) => (name.startsWith("typescript") ? "typescript@6" : name));
  return `ESLint is not here and npm could not fetch it${why}; run: npm install --save-dev ${names.join(" ")}`;
}
