// What the pages tell a reader to type and to configure is there: packages, scripts, commands of wrangler, its options.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import wrangler from "wrangler";
import { codeBlocks, ROOT } from "../support/pages.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const PROJECT = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
/** What readers install besides what this project has itself. */
const READERS_PACKAGES = ["@cloudflare/vitest-plugin", "vitest", "typescript@6"];
const PACKAGES = new Set([
  ...[PROJECT.name, `socket.io@npm:${PROJECT.name}`, ...READERS_PACKAGES],
  ...Object.keys({ ...PROJECT.devDependencies, ...PROJECT.peerDependencies }),
]);
/** Commands of npm that the pages use beside `install`, `run`, `start` and `test`. */
const NPM_COMMANDS = ["ci", "init", "pack", "pkg", "create"];
/** What `npx` may run, besides wrangler. */
const PROGRAMS = ["bcryptjs", "partykit", "tsc", "vitest", ...Object.keys(PROJECT.bin)];

interface Commands {
  definition?: { args?: Record<string, unknown> };
  subtree: Map<string, Commands>;
}

/** Commands of a page: the lines for a shell, and what stands in the text. */
function commandsOf(page: string): string[] {
  const shell = codeBlocks(page).filter(({ language }) => language === "sh");
  const text = readFileSync(join(ROOT, page), "utf8").replace(/^```.*?^```/gms, "");
  const spans = [...text.matchAll(/`((?:npm|npx|wrangler) [^`]+)`/g)].map(
    ([, span]) => span as string,
  );
  return [...shell.flatMap(({ code }) => code.split("\n")), ...spans]
    .map((line) => line.replace(/ # .*/, "").trim())
    .filter((line) => /^(npm|npx|wrangler) /.test(line));
}

/** What is wrong with a command, or nothing. */
function faultOf(command: string): string | undefined {
  const [program, ...words] = command.replace(/^npx (?=wrangler )/, "").split(/\s+/);
  if (program === "wrangler") return faultOfWrangler(words);
  const [what = "", ...rest] = words;
  if (program === "npx") return PROGRAMS.includes(what) ? undefined : `no program ${what}`;
  if (what === "install") {
    const unknown = rest.filter((word) => !word.startsWith("-") && !PACKAGES.has(word));
    return unknown.length === 0 ? undefined : `no package ${unknown}`;
  }
  const script = what === "run" ? rest[0] : what;
  if (NPM_COMMANDS.includes(what) || script === undefined) return;
  return script in PROJECT.scripts ? undefined : `no script ${script}`;
}

function faultOfWrangler(words: string[]): string | undefined {
  const { registry } = wrangler.experimental_getWranglerCommands();
  let place = registry as unknown as Commands;
  for (const word of words) {
    const next = place.subtree.get(word);
    if (next !== undefined) place = next;
    else if (place.definition?.args === undefined) return `no command ${word} of wrangler`;
    const [, flag] = /^--([\w-]+)/.exec(word) ?? [];
    if (flag !== undefined && !(flag in (place.definition?.args ?? {}))) return `no flag ${word}`;
  }
  return place.definition?.args === undefined ? "no command of wrangler" : undefined;
}

test("what is typed into a shell exists", () => {
  const commands = PAGES.flatMap((page) => commandsOf(page).map((line) => ({ page, line })));
  assert.ok(commands.length > 40, `${commands.length} commands were found`);
  const faults = commands.map(({ page, line }) => ({ page, line, fault: faultOf(line) }));
  assert.deepEqual(
    faults.filter(({ fault }) => fault !== undefined),
    [],
  );
});

test("a package, a script, a command or a flag that is not there would be found", () => {
  assert.equal(faultOf("npm install --save-dev vitestt"), "no package vitestt");
  assert.equal(faultOf("npm run exampel hono"), "no script exampel");
  assert.equal(faultOf("npx wrangler secrets put A"), "no command secrets of wrangler");
  assert.equal(faultOf("wrangler deploy --dryrun"), "no flag --dryrun");
  assert.equal(faultOf("npx dormouse chek"), "no program dormouse");
});

test("shell code is a shell's", () => {
  for (const page of PAGES) {
    for (const { language, code } of codeBlocks(page)) {
      if (language !== "sh") continue;
      // The one name that a reader fills in.
      const script = code.replace("<this repository>", "repository");
      execFileSync("sh", ["-n"], { input: script, stdio: ["pipe", "ignore", "pipe"] });
    }
  }
});

/** What wrangler says of a configuration; empty if it knows all of it. */
function complaintsOf(toml: string): string {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-toml-"));
  const config = join(folder, "wrangler.toml");
  const { warn } = console;
  let told = "";
  console.warn = (...words: unknown[]) => {
    told += words.join(" ");
  };
  try {
    writeFileSync(config, toml);
    wrangler.unstable_readConfig({ config });
  } catch (error) {
    told += String(error);
  } finally {
    console.warn = warn;
    rmSync(folder, { recursive: true });
  }
  return told;
}

test("what is shown of wrangler.toml is what wrangler reads", () => {
  const blocks = PAGES.flatMap((page) =>
    codeBlocks(page).map((block) => ({ page: `${page}:${block.line}`, ...block })),
  ).filter(({ language }) => language === "toml");
  assert.ok(blocks.length >= 5);
  for (const { page, code } of blocks) assert.equal(complaintsOf(code), "", page);
  assert.match(complaintsOf('[triggers]\ncron = ["0 8 * * *"]'), /Unexpected fields.*"cron"/s);
  assert.match(complaintsOf("[[migrations]\n"), /TOML|Error/i);
});

const EXAMPLES = readdirSync(join(ROOT, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "create-dormouse")
  .map(({ name }) => name);

test("the dates that are shown are known to the newest wrangler that npm installs on the oldest Node", () => {
  // wrangler 4.86, for Node 20, brings a workerd that refuses to start with a later one.
  const newest = "2026-05-03";
  const files = [...PAGES, ...EXAMPLES.map((example) => `examples/${example}/wrangler.toml`)];
  const dates = files
    .filter((file) => existsSync(join(ROOT, file)))
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, file), "utf8");
      const shown = text.matchAll(/compatibility_?date\W+(\d{4}-\d\d-\d\d)/gi);
      return Array.from(shown, ([, date = ""]) => ({ file, date }));
    });
  assert.ok(dates.length >= 8);
  assert.deepEqual(
    dates.filter(({ date }) => date > newest),
    [],
  );
});

/** Packages on which entries of ours stand, and which are their users' to install. */
const PEERS: Record<string, string[]> = {
  "dormouse-io/client": ["socket.io-client"],
  "dormouse-io/router/session": ["iron-session"],
};

/** Names of the packages that the code of an example imports, in its Worker and in its page. */
async function packagesOf(example: string): Promise<Set<string>> {
  const folder = join(ROOT, "examples", example);
  const [config] = ["wrangler.toml", "partykit.json"]
    .filter((name) => existsSync(join(folder, name)))
    .map((name) => readFileSync(join(folder, name), "utf8"));
  const [, main = ""] = /"?main"?\s*[=:]\s*"(.+?)"/.exec(config ?? "") ?? [];
  const [, page] = /(?:esbuild |"build": ")(\S+?\.js)/.exec(config ?? "") ?? [];
  const { metafile } = await build({
    entryPoints: [main, ...(page === undefined ? [] : [page])].map((name) => join(folder, name)),
    ...{ bundle: true, packages: "external", write: false, metafile: true, outdir: folder },
    tsconfigRaw: "{}", // the packages by their names, not by the checkout's paths
    logLevel: "silent",
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const paths = imports.filter(({ external }) => external).map(({ path }) => path);
  const names = paths.flatMap((path) => [path, ...(PEERS[path] ?? [])]);
  return new Set(names.map((name) => name.split("/", name[0] === "@" ? 2 : 1).join("/")));
}

test("an example taken into another project: everything is there that its page says to install", async () => {
  for (const example of EXAMPLES) {
    const page = readFileSync(join(ROOT, "examples", example, "README.md"), "utf8");
    const [, own] = page.split("In a project of your own");
    const installed = [...(own ?? "").matchAll(/^ {4}npm install (.+)$/gm)].flatMap(
      ([, words = ""]) => words.split(" "),
    );
    const wanted = await packagesOf(example);
    wanted.add(example.startsWith("partykit") ? "partykit" : "wrangler");
    const missing = [...wanted].filter((name) => !installed.includes(name));
    assert.deepEqual(missing, [], example);
    assert.match(own ?? "", /^ {4}cp -r node_modules\/dormouse-io\/examples \.$/m);
    assert.match(own ?? "", new RegExp(`^ {4}cd examples/${example}\\n {4}npx \\w+ dev$`, "m"));
  }
});

test("what an example runs does not depend on where the project's packages are", () => {
  for (const example of EXAMPLES) {
    const config = join(ROOT, "examples", example, "wrangler.toml");
    if (existsSync(config))
      assert.doesNotMatch(readFileSync(config, "utf8"), /node_modules/, example);
  }
});
