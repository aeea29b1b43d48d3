/** The servers in `clean/` and `dirty/`, and what the plugin says of them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import parser from "@typescript-eslint/parser";
import { ESLint } from "eslint";
import plugin from "../../../layers/eslint/index.ts";

export const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** A line of a file and the rule that complains of it: `chat.js:12 no-timers`. */
export type Line = string;

/** A linter with the recommended rules alone, for JavaScript of both kinds and TypeScript. */
export function createLinter(folder: string): ESLint {
  return new ESLint({
    cwd: folder,
    overrideConfigFile: true,
    overrideConfig: [
      plugin.configs.recommended,
      { files: ["**/*.{ts,tsx,mts,cts}"], languageOptions: { parser } },
      { files: ["**/*.cjs"], languageOptions: { sourceType: "commonjs" } },
    ],
  });
}

/** What is found in all files of a folder. */
export async function lint(folder: string): Promise<Line[]> {
  const lines: Line[] = [];
  for (const { filePath, messages } of await createLinter(folder).lintFiles(["**/*.*"])) {
    for (const { line, ruleId, message } of messages) {
      const rule = ruleId?.replace("dormouse-io/", "") ?? message;
      lines.push(`${relative(folder, filePath)}:${line} ${rule}`);
    }
  }
  return lines.sort();
}

/** What the comments `// expect: …` in a folder's files ask for, with names relative to `base`. */
export function expectations(folder: string, base = folder): Line[] {
  const lines: Line[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    for (const [index, line] of readFileSync(path, "utf8").split("\n").entries()) {
      const rules = /\/\/ expect: (.*)$/.exec(line)?.[1]?.split(", ") ?? [];
      for (const rule of rules) lines.push(`${relative(base, path)}:${index + 1} ${rule}`);
    }
  }
  return lines.sort();
}
