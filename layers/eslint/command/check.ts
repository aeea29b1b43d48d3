/** Runs the plugin's rules, and no others, on files and on what they import. */
import { resolve, sep } from "node:path";
import type { ESLint, Linter } from "eslint";
import { importsOf } from "../analysis/analyse.ts";
import { useTools } from "../analysis/code/project.ts";
import plugin from "../index.ts";
import { filesBelow, isTypeScript } from "./files.ts";
import { linesOf } from "./formats.ts";
import { getTools, type Tools } from "./tools.ts";

export interface Outcome {
  /** How many files were looked at. */
  readonly files: number;
  /** What was found, a line each. */
  readonly lines: readonly string[];
  /** The same as ESLint has it, file by file, those without a finding included. */
  readonly results: readonly ESLint.LintResult[];
}

const OUR_RULES = "dormouse-io/";
/** What ESLint says of comments that older versions of it knew. */
const OLD_COMMENT = /^\/\* eslint-env \*\//;

/**
 * Checks files and folders, and the modules of the project that they import.
 *
 * @param project Its folder: names are relative to it, and what is outside is not looked at.
 */
export async function check(project: string, names: readonly string[]): Promise<Outcome> {
  const folder = resolve(project);
  let pending = filesBelow(folder, names);
  const tools = await getTools(folder, pending.some(isTypeScript) ? "TypeScript" : "JavaScript");
  useTools(tools);
  const seen = new Set<string>();
  const results: ESLint.LintResult[] = [];
  while (pending.length > 0) {
    for (const file of pending) seen.add(file);
    results.push(...(await lint(tools, folder, pending)).map(withoutOthers));
    pending = importsOf(folder, pending).filter((file) => isOurs(folder, file) && !seen.has(file));
  }
  const lines = results.flatMap((result) => linesOf(folder, result));
  return { files: seen.size, lines, results };
}

function isOurs(folder: string, file: string): boolean {
  return file.startsWith(folder + sep) && !file.includes(`${sep}node_modules${sep}`);
}

/** As modules; what cannot be one is CommonJS. */
async function lint(tools: Tools, folder: string, files: string[]): Promise<ESLint.LintResult[]> {
  const results = await lintEach(createLinter(tools, folder, "module"), files);
  const isBroken = (result: ESLint.LintResult) => result.fatalErrorCount > 0;
  const broken = results.filter(isBroken).map(({ filePath }) => filePath);
  if (broken.length === 0) return results;
  const again = await lintEach(createLinter(tools, folder, "commonjs"), broken);
  const better = new Map(again.map((result) => [result.filePath, result]));
  return results.map((result) => {
    const other = better.get(result.filePath);
    return other && !isBroken(other) ? other : result;
  });
}

/** A file that makes ESLint, or its parser, give up is told of; the others are looked at all the same. */
async function lintEach(linter: ESLint, files: string[]): Promise<ESLint.LintResult[]> {
  try {
    return await linter.lintFiles(files);
  } catch (error) {
    const [file] = files;
    if (file === undefined || files.length > 1) {
      const results = files.map((one) => lintEach(linter, [one]));
      return (await Promise.all(results)).flat();
    }
    return [broken(file, error instanceof Error ? error.message : String(error))];
  }
}

function broken(filePath: string, reason: string): ESLint.LintResult {
  const [line] = reason.split("\n");
  const message = `This file cannot be looked at (${line}): split it, or leave it out if a machine has written it`;
  const counts = { errorCount: 1, warningCount: 0, fixableErrorCount: 0, fixableWarningCount: 0 };
  return {
    filePath,
    messages: [{ ruleId: null, fatal: true, severity: 2, line: 1, column: 1, message }],
    suppressedMessages: [],
    usedDeprecatedRules: [],
    fatalErrorCount: 1,
    ...counts,
  };
}

function createLinter(tools: Tools, cwd: string, sourceType: "module" | "commonjs"): ESLint {
  const languageOptions: Linter.LanguageOptions = {
    sourceType,
    parserOptions: { ecmaFeatures: { jsx: true } },
  };
  return new tools.ESLint({
    cwd,
    overrideConfigFile: true,
    overrideConfig: [
      plugin.configs.recommended,
      { files: ["**/*.{js,mjs,cjs,jsx}"], languageOptions },
      {
        files: ["**/*.{ts,mts,cts,tsx}"],
        languageOptions: tools.typescript ? { parser: tools.typescript } : {},
      },
      { linterOptions: { reportUnusedDisableDirectives: "off" } },
    ],
  });
}

/** Comments for other plugins' rules, and for ESLint itself, are no business of this run. */
function withoutOthers(result: ESLint.LintResult): ESLint.LintResult {
  const messages = result.messages.filter(({ ruleId, message }) => {
    return ruleId?.startsWith(OUR_RULES) ?? !OLD_COMMENT.test(message);
  });
  const count = (isOne: (message: Linter.LintMessage) => boolean | undefined) =>
    messages.filter(isOne).length;
  return {
    ...result,
    messages,
    errorCount: count(({ severity }) => severity === 2),
    warningCount: count(({ severity }) => severity === 1),
    fatalErrorCount: count(({ fatal }) => fatal),
  };
}
