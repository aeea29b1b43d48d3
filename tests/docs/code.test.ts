// The code that README and docs show is accepted by TypeScript as it stands: `ts` strictly; of `js` the syntax,
// the names and the modules.
//
// Pieces that leave something out (a `setup`, a database) find it among the globals of tests/docs/context.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type CodeBlock, codeBlocks, findCode, ROOT } from "../support/pages.ts";

const FOLDER = join(ROOT, "build", "test", "pages");
const BIN = join(ROOT, "node_modules", ".bin");
const PAGES = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** Where code runs decides on the globals that it has. */
const PROGRAMS = {
  page: { lib: ["es2023", "dom"], types: [] },
  node: { lib: ["es2024", "dom"], types: ["node"] },
  worker: { lib: ["es2023"], types: ["@cloudflare/workers-types"] },
} as const;

type Program = keyof typeof PROGRAMS;

function programOf({ code }: CodeBlock): Program {
  if (code.includes('from "cloudflare:')) return "worker";
  if (/from "(socket\.io-client|dormouse-io\/client)"/.test(code)) {
    return /from "(node:|vitest|dormouse-io\/testing)/.test(code) ? "node" : "page";
  }
  const isNodes =
    /from "(node:\w+|express-session|eslint|miniflare|vitest|socket\.io|dormouse-io\/(node|testing|eslint|router\/node))"|httpServer/;
  return isNodes.test(code) ? "node" : "worker";
}

rmSync(FOLDER, { recursive: true, force: true });
/** The files of a program, by their language. */
const files = new Map<string, string[]>();
for (const page of PAGES) {
  for (const block of codeBlocks(page)) {
    const { language, code, line } = block;
    if (language !== "ts" && language !== "js") continue;
    if (code.includes("module.exports")) continue; // egg's own code, of another framework
    const folder = `${programOf(block)}-${language}`;
    const name = `${page.replace(/\W/g, "-")}-${line}.${language}`;
    mkdirSync(join(FOLDER, folder), { recursive: true });
    // A module, so that what it declares is its own.
    writeFileSync(join(FOLDER, folder, name), `${code}\nexport {};\n`);
    files.set(folder, [...(files.get(folder) ?? []), name]);
  }
}

test("there is code for each platform", () => {
  assert.ok(Object.keys(PROGRAMS).every((program) => files.has(`${program}-ts`)));
});

for (const [folder, names] of files) {
  const [program, language] = folder.split("-") as [Program, string];
  test(`what is shown for: ${program}, ${language}`, async () => {
    const config = join(FOLDER, folder, "tsconfig.json");
    const context = join(ROOT, "tests", "docs", "context");
    const compilerOptions = {
      ...PROGRAMS[program],
      allowJs: true,
      checkJs: true,
      declaration: false,
      declarationMap: false,
      module: "es2022",
      moduleResolution: "bundler",
      noUncheckedIndexedAccess: false,
      paths: pathsOf(program),
    };
    const all = [...names, join(context, `${program}.d.ts`), join(context, "modules.d.ts")];
    const base = join(ROOT, "tsconfig.base.json");
    writeFileSync(config, JSON.stringify({ extends: base, compilerOptions, files: all }));
    const told = await complaints(config);
    assert.deepEqual(language === "ts" ? told : told.filter(concernsNames), []);
  });
}

test("the README's tsconfig.json accepts the README's Worker", async () => {
  const folder = join(FOLDER, "start");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.ts"), findCode("README.md", "ts", "createServer"));
  const { compilerOptions } = JSON.parse(findCode("README.md", "json", "compilerOptions"));
  const own = { allowImportingTsExtensions: true, paths: pathsOf("worker") };
  const config = join(folder, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...compilerOptions, ...own } }));
  assert.deepEqual(await complaints(config), []);
});

/** The package's entries, as their sources. */
function pathsOf(program: Program): Record<string, string[]> {
  const source = (path: string): string[] => [join(ROOT, path)];
  return {
    "dormouse-io": source(`durable-objects/${program === "node" ? "node" : "cloudflare"}/index.ts`),
    "dormouse-io/node": source("durable-objects/node/index.ts"),
    "dormouse-io/partykit": source("durable-objects/partykit/index.ts"),
    "dormouse-io/partyserver": source("durable-objects/partyserver/index.ts"),
    "dormouse-io/testing": source(`layers/testing/${program === "node" ? "index" : "workerd"}.ts`),
    "dormouse-io/polling": source("glue/engine/polling/index.ts"),
    "dormouse-io/shards": source("durable-objects/shards/index.ts"),
    "dormouse-io/*": source("layers/*/index.ts"),
  };
}

/** TypeScript's errors about syntax, about names that nobody declares, modules and what they export. */
function concernsNames(complaint: string): boolean {
  return /error TS(1\d{3}|2304|2305|2307|2551|2552):/.test(complaint);
}

/** What the compiler says, with the pages' own lines. */
function complaints(config: string): Promise<string[]> {
  const place = /^\S*?pages\/[\w-]+\/([\w-]+)-(\d+)\.[jt]s\((\d+),/gm;
  return new Promise((resolve) => {
    const args = [join(BIN, "tsc"), "--project", config, "--pretty", "false"];
    execFile(join(BIN, "node"), args, { cwd: ROOT }, (_error, stdout) => {
      const told = stdout.replace(place, (_all, page, from, line) => {
        return `${page}:${Number(from) + Number(line) - 1} (`;
      });
      resolve(told.split(/\n(?! )/).filter((line) => line !== ""));
    });
  });
}
