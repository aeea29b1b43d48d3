/** Versions of Node that users have, as npm has them, kept beside what is built. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./consumer.ts";

/** The one of the checkout. */
const OWN = join(ROOT, "node_modules", ".bin", "node");
/** The last of its line that cannot `require()` ES modules, and the current one of the next. */
const OTHERS = ["20.18.3", "22.23.3"];

/** Programs by the version of their line; downloaded with the first call. */
export function nodeVersions(): Map<string, string> {
  const programs = new Map([["24", OWN]]);
  for (const version of OTHERS) programs.set(version.split(".")[0] ?? "", install(version));
  return programs;
}

function install(version: string): string {
  const folder = join(ROOT, "build", "test", "node", version);
  const name = `node-${process.platform}-${process.arch}`;
  const program = join(folder, "node_modules", name, "bin", "node");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const quiet = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefer-offline"];
  const wanted = ["--prefix", folder, `${name}@${version}`];
  execFileSync("npm", ["install", ...quiet, ...wanted], { cwd: folder, stdio: "ignore" });
  return program;
}
