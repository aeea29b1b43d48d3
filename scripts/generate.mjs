// `npm run generate`: what is made from the core's tables: the generated modules of
// glue/core, and the state tables in wasm/README.md; and from the benchmark that is kept: the first table of
// bench/README.md.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setUp } from "./setup.mjs";
import { build } from "./support/core.mjs";
import { capture, Failure, main, NODE, ROOT } from "./support/process.mjs";

const CORE = join(ROOT, "glue", "core");
/** Before each module but the first, with its name behind it. */
const NEXT_MODULE = /^\/\/\/\/ (.*)\n/m;
const README = join(ROOT, "wasm", "README.md");
const BENCH = join(ROOT, "bench");
const TABLES_START = "<!-- tables: `npm run generate` -->\n";
const TABLES_END = "\n<!-- end of tables -->";

/**
 * The files, with what they should hold.
 * @returns {Promise<Map<string, string>>}
 */
export async function generate() {
  await build("native", ["generate_abi"]);
  const readme = readFileSync(README, "utf8");
  const start = readme.indexOf(TABLES_START);
  const end = readme.indexOf(TABLES_END);
  if (start < 0 || end < start) throw new Failure(`${README} has no place for the tables`);
  const before = readme.slice(0, start + TABLES_START.length);
  return new Map([
    ...modulesIn(await outputOfGenerator()),
    [README, `${before}${await outputOfGenerator("tables")}${readme.slice(end)}`],
    [join(BENCH, "README.md"), await outputOf(NODE, [join(BENCH, "report", "summary.ts")])],
  ]);
}

function modulesIn(output) {
  const [first, ...others] = output.split(NEXT_MODULE);
  const modules = [["abi.gen.ts", first]];
  for (let at = 0; at < others.length; at += 2) modules.push([others[at], others[at + 1]]);
  return modules.map(([name, content]) => [join(CORE, name), content]);
}

async function outputOfGenerator(...parameters) {
  return outputOf(join(ROOT, "build", "native", "generate_abi"), parameters);
}

async function outputOf(program, parameters) {
  const { output, error } = await capture(program, parameters);
  if (error) throw error;
  return output;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    await setUp("test");
    for (const [file, content] of await generate()) writeFileSync(file, content);
  });
}
