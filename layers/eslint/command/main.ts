#!/usr/bin/env node
/** The program `dormouse-io`. Ends with 1 if something was found, and with 2 if it could not look. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { page } from "../page.ts";
import { check } from "./check.ts";
import { NoSuchFile } from "./files.ts";
import { ToolsMissing } from "./tools.ts";

const USAGE = `dormouse-io check [files or folders]

Finds what Socket.IO server code would lose when its Durable Object sleeps: variables, sockets in
maps, listeners that are registered late, timers, locks. Without names: every source file below the
current folder but tests. What the files import is looked at, too.

A finding that is meant so:  // eslint-disable-next-line dormouse-io/no-timers -- why
`;

process.exitCode = await main(process.argv.slice(2));

async function main([command, ...names]: readonly string[]): Promise<number> {
  if (command === "--help" || command === "-h") {
    console.log(USAGE);
    return 0;
  }
  const unknown = names.find((name) => name.startsWith("-"));
  if (command !== "check" || unknown !== undefined) {
    console.error(USAGE);
    return 2;
  }
  try {
    return tell(await check(process.cwd(), names.length > 0 ? names : ["."]));
  } catch (error) {
    if (!(error instanceof ToolsMissing) && !(error instanceof NoSuchFile)) throw error;
    console.error(error.message);
    return 2;
  }
}

function tell({ files, lines }: Awaited<ReturnType<typeof check>>): number {
  if (files === 0) {
    console.error("There are no files to check.");
    return 2;
  }
  for (const line of lines) console.log(line);
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
