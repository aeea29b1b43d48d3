// `npx dormouse-io check`, from the tarball, in folders of users.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, test } from "node:test";
import { PACKAGES } from "../../../layers/eslint/command/tools.ts";
import { ROOT } from "../../package/consumer.ts";
import { expectations } from "./corpus.ts";
import { found, User } from "./user.ts";

const HEAD = 'name = "consumer"\nmain = "src/index.js"\ncompatibility_date = "2026-07-30"\n';
const page = readFileSync(`${ROOT}docs/check.md`, "utf8");

/** What the page shows under a file's name. */
function shown(name: string): string {
  const [, , code] =
    new RegExp(`^\`\`\`\\w+\\n(//|#) ${name}\\n(.*?)^\`\`\``, "ms").exec(page) ?? [];
  assert.ok(code, name);
  return code;
}

const user = new User();

before(() => user.install());
after(() => user.remove());

test("without ESLint and without a registry: one line that says what to install", async () => {
  user.removeTools();
  user.fill("dirty/voting.js");
  const { code, errors } = await user.npx(["dormouse-io", "check"], {
    npm_config_registry: "http://127.0.0.1:9",
    npm_config_cache: user.path("empty-cache"),
    npm_config_fetch_retries: "0",
  });
  assert.equal(code, 2);
  assert.match(errors, /npm could not fetch it .*; run: npm install --save-dev eslint@\S+ /);
});

test("what is fetched are the versions that are tested", () => {
  const { packages } = JSON.parse(readFileSync(`${ROOT}package-lock.json`, "utf8"));
  for (const wanted of PACKAGES) {
    const [, name = "", version] = /^(.+)@([\d.]+)$/.exec(wanted) ?? [];
    const folder = name === "typescript" ? "@typescript/old" : name;
    assert.equal(packages[`node_modules/${folder}`].version, version, name);
  }
});

test("a folder: findings line by line, in JavaScript and TypeScript", async () => {
  user.addTools();
  user.fill("dirty");
  const { code, lines } = await user.npx(["dormouse-io", "check"]);
  assert.equal(code, 1);
  const expected = expectations(user.path("src"), user.folder);
  assert.deepEqual(found(lines), expected);
  assert.match(lines.at(-1) ?? "", new RegExp(`^\\d+ files checked, ${expected.length} findings`));
});

test("a file, and what it imports", async () => {
  user.fill("dirty/presence", "dirty/voting.js");
  const { code, lines } = await user.dormouse(["check", "src/dirty/presence/server.ts"]);
  assert.equal(code, 1);
  assert.deepEqual(found(lines), ["src/dirty/presence/presence.ts:5 no-state-in-variables"]);
  assert.match(lines.at(-1) ?? "", /^2 files checked, 1 finding\. What .*: (.*)$/);
  const [, where = ""] = /: (.*)$/.exec(lines.at(-1) ?? "") ?? [];
  assert.match(readFileSync(user.path(where), "utf8"), /^### no-state-in-variables$/m);
});

test("a clean folder", async () => {
  user.fill("clean");
  const { code, lines } = await user.dormouse(["check", "src"]);
  assert.equal(code, 0);
  assert.match(lines.join("\n"), /^\d+ files checked: nothing is lost in a sleep\.$/);
});

test("a finding that is meant so; a file that is not there; a file that cannot be read", async () => {
  user.fill();
  const server = (comment: string) => `import { createServer } from "dormouse-io";
export const Room = createServer((io) => {
  /* eslint some/rule: error */
  ${comment}
  setInterval(() => io.emit("tick"), 1000);
});
`;
  const check = ["check", "index.js"];
  user.write("index.js", server(""));
  assert.deepEqual(found((await user.dormouse(check)).lines), ["index.js:5 no-timers"]);
  user.write("index.js", server("// eslint-disable-next-line dormouse-io/no-timers -- a clock"));
  assert.equal((await user.dormouse(check)).code, 0);
  user.write("index.js", "const = 1;");
  const broken = await user.dormouse(check);
  assert.equal(broken.code, 1);
  assert.match(broken.lines[0] ?? "", /^index\.js:1:\d+ Parsing error/);
  const missing = await user.dormouse(["check", "nowhere"]);
  assert.equal(missing.code, 2);
  assert.match(missing.errors, /There is no file or folder nowhere\./);
});

test("the plugin in a user's own ESLint, as the page has it", async () => {
  user.fill("dirty/voting.js", "dirty/quiz.ts");
  user.write("eslint.config.mjs", shown("eslint.config.mjs"));
  const eslint = join(ROOT, "node_modules", "eslint", "bin", "eslint.js");
  const { stdout } = await new Promise<{ stdout: string }>((resolve) => {
    const args = [eslint, "--format", "json", "src"];
    execFile(process.execPath, args, { cwd: user.folder }, (_error, out) =>
      resolve({ stdout: out }),
    );
  });
  const results: { filePath: string; messages: { line: number; ruleId: string }[] }[] =
    JSON.parse(stdout);
  const lines = results.flatMap(({ filePath, messages }) =>
    messages.map(({ line, ruleId }) => {
      return `${relative(user.folder, filePath)}:${line} ${ruleId.replace("dormouse-io/", "")}`;
    }),
  );
  assert.deepEqual(lines.sort(), expectations(user.path("src"), user.folder));
});

test("wrangler's build hook, as the page has it: nothing is deployed that would lose something", async () => {
  user.fill();
  const server = (listener: string) => `import { createServer } from "dormouse-io";
let clicks = 0;
export const Room = createServer((io) => {
  io.on("connection", (socket) => socket.on("click", () => ${listener}));
});
export default { fetch: () => new Response(String(clicks)) };
`;
  user.write("wrangler.toml", HEAD + shown("wrangler.toml"));
  const deploy = () => user.run("wrangler", "deploy", "--dry-run", "--outdir", "out");
  user.write("src/index.js", server('io.emit("click")'));
  assert.match(await deploy(), /nothing is lost in a sleep/);
  user.write("src/index.js", server("(clicks += 1)"));
  await assert.rejects(deploy, /src\/index\.js:2:5 `clicks` is a variable of the module/);
});
