/** How the command says what it has found: to people, to programs, to GitHub's pages of a change. */
import { relative } from "node:path";
import type { ESLint, Linter } from "eslint";

/** `text` and `json` as ESLint has them by these names; `github`: annotations of a workflow's run. */
export type Format = "text" | "json" | "github";

const FORMATS: readonly string[] = ["text", "json", "github"] satisfies Format[];

export function isFormat(name: string | undefined): name is Format {
  return name !== undefined && FORMATS.includes(name);
}

/** What was found in one file, a line each, with its name relative to a folder. */
export function linesOf(folder: string, { filePath, messages }: ESLint.LintResult): string[] {
  const name = relative(folder, filePath);
  return messages.map(({ line, column, message, ruleId }) => {
    const rule = ruleId ? ` (${ruleId})` : "";
    return `${name}:${line ?? 1}:${column ?? 1} ${message}${rule}`;
  });
}

/** The same for GitHub, which shows each beside its line of the change. */
export function annotationsOf(folder: string, { filePath, messages }: ESLint.LintResult): string[] {
  // Its names of files have slashes everywhere.
  const file = relative(folder, filePath).replaceAll("\\", "/");
  return messages.map(
    (message) => `::error ${placeOf(file, message)}::${escaped(message.message)}`,
  );
}

function placeOf(file: string, { line, column, ruleId }: Linter.LintMessage): string {
  const title = ruleId ?? "dormouse-io";
  const properties = { file, line: String(line ?? 1), col: String(column ?? 1), title };
  const written = Object.entries(properties).map(([name, value]) => {
    return `${name}=${escaped(value).replaceAll(":", "%3A").replaceAll(",", "%2C")}`;
  });
  return written.join(",");
}

function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
