#!/usr/bin/env node
/** The program `dormouse-io`. Ends with 1 if something was found, and with 2 if it could not look. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { page } from "../page.ts";
import { check, type Outcome } from "./check.ts";
import { NoSuchFile } from "./files.ts";
import { annotationsOf, type Format, isFormat } from "./formats.ts";
import { ToolsMissing } from "./tools.ts";

const USAGE = `dormouse-io check [--format text|json|github] [files or folders]

Finds what Socket.IO server code would lose when its Durable Object sleeps: variables, sockets in
maps, listeners that are registered late, timers, locks. Without names: every source file below the
current folder but tests. What the files import is looked at, too.

--format json    ESLint's results, for programs
--format github  annotations, in a workflow of GitHub's

Ends with 0 if nothing is found, 1 if something is, 2 if it cannot look.

A finding that is meant so:  // eslint-disable-next-line dormouse-io/no-timers -- why
`;

process.exitCode = await main(process.argv.slice(2));

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === "--help" || command === "-h") {
    console.log(USAGE);
    return 0;
  }
  const asked = command === "check" ? askedBy(args) : undefined;
  if (!asked) {
    console.error(USAGE);
    return 2;
  }
  const { names, format } = asked;
  try {
    return tell(await check(process.cwd(), names.length > 0 ? names : ["."]), format);
  } catch (error) {
    if (!(error instanceof ToolsMissing) && !(error instanceof NoSuchFile)) throw error;
    console.error(error.message);
    return 2;
  }
}

/** Undefined if it cannot be understood. */
function askedBy(args: readonly string[]): { names: string[]; format: Format } | undefined {
  try {
    const options = { format: { type: "string", short: "f", default: "text" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { format } = values;
    return isFormat(format) ? { names: positionals, format } : undefined;
  } catch {
    // An option that there is not.
    return undefined;
  }
}

function tell({ files, lines, results }: Outcome, format: Format): number {
  if (files === 0) {
    console.error("There are no files to check.");
    return 2;
  }
  if (format === "json") {
    console.log(JSON.stringify(results));
    return lines.length === 0 ? 0 : 1;
  }
  const cwd = process.cwd();
  const told =
    format === "github" ? results.flatMap((result) => annotationsOf(cwd, result)) : lines;
  for (const line of told) console.log(line);
  const looked = `${files} ${files === 1 ? "file" : "files"} checked`;
  const found = lines.length === 1 ? "1 finding" : `${lines.length} findings`;
  if (lines.length === 0) {
    console.log(`${looked}: nothing is lost in a sleep.`);
    return 0;
  }
  const where = relative(process.cwd(), fileURLToPath(page));
  console.log(`\n${looked}, ${found}. What each rule means, and what to write instead: ${where}`);
  return 1;
}
