// Running test files: a file always ends, what failed names its file, and a second try is told of.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { fileURLToPath } from "node:url";

const NODE_TESTS = new URL("../../scripts/support/node-tests.mjs", import.meta.url).href;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "dormouse-node-tests-"));
const REPORTS = join(ROOT, "build", "test");
after(() => {
  rmSync(folder, { recursive: true });
  for (const name of readdirSync(REPORTS)) {
    if (name.startsWith(`node-tests-${process.pid}-`)) rmSync(join(REPORTS, name));
  }
});

let runs = 0;

/** Runs test files of these contents, as `npm test` does. */
function runTests(contents: Record<string, string>, pace: object) {
  const files = Object.entries(contents).map(([name, body]) => {
    const file = join(folder, `${runs}-${name}.test.mjs`);
    writeFileSync(file, `import { test } from "node:test";\n${body}`);
    return file;
  });
  const name = `node-tests-${process.pid}-${runs++}`;
  const program = `
    import { testInNode } from ${JSON.stringify(NODE_TESTS)};
    const pace = ${JSON.stringify(pace)};
    console.log((await testInNode(${JSON.stringify(name)}, ${JSON.stringify(files)}, {}, pace)).join("\\n"));
  `;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const arguments_ = ["--input-type=module", "--eval", program];
  const { stdout, stderr, status } = spawnSync(process.execPath, arguments_, {
    cwd: ROOT,
    encoding: "utf8",
    env,
  });
  return {
    text: stdout + stderr,
    status,
    report: (ending: string) => reportOf(`${name}.${ending}`),
  };
}

function reportOf(name: string): string {
  return readFileSync(join(REPORTS, name), "utf8");
}

const STAYS = "setInterval(() => {}, 1_000);\n";
const PASSES = `test("passes", () => {});\n`;
const FAILS = `test("fails", () => { throw new Error("no"); });\n`;
/** Fails only as long as this file is not there. */
const sometimes = (mark: string) => `
  import { existsSync, writeFileSync } from "node:fs";
  test("fails at first", () => {
    if (existsSync(${JSON.stringify(mark)})) return;
    writeFileSync(${JSON.stringify(mark)}, "");
    throw new Error("no");
  });
`;

suite("a file that does not end", { concurrency: true }, () => {
  test("behind its last test, which passed, is ended: what is open is told, and it has failed", () => {
    const { text, status } = runTests({ stays: PASSES + STAYS }, { timeout: 5_000 });
    assert.match(text, /stays\.test\.mjs: its tests are done, but .* open are: .*Timeout/);
    assert.notEqual(status, 0);
  });

  test("behind a test that failed is ended sooner", () => {
    const { text, status } = runTests({ stays: FAILS + PASSES + STAYS }, { timeout: 5_000 });
    assert.match(
      text,
      /stays\.test\.mjs: a test has failed, and something keeps its process alive/,
    );
    assert.notEqual(status, 0);
  });

  test("within a test is ended by the test's timeout", () => {
    const body = `test("never", () => new Promise(() => {}));\n${PASSES}`;
    const { text, status } = runTests({ never: STAYS + body }, { timeout: 1_000 });
    assert.match(text, /✖ never \(/);
    assert.match(text, /test timed out after 1000ms/);
    assert.match(text, /✔ passes/);
    assert.notEqual(status, 0);
  });

  test("before its first test is ended, too", () => {
    const body = `await new Promise((resolve) => setTimeout(resolve, 60_000));\n${PASSES}`;
    const { text, status } = runTests({ waits: body }, { timeout: 1_000 });
    assert.match(text, /waits\.test\.mjs: the file is not done after 3 s/);
    assert.notEqual(status, 0);
  });
});

suite("a second try", () => {
  test("is for those that failed, and named at the end", () => {
    const mark = join(folder, "mark");
    const contents = { sometimes: sometimes(mark), passes: PASSES };
    const { text, status } = runTests(contents, { secondTries: 1 });
    assert.equal(status, 0, text);
    assert.match(
      text,
      /failed, and passed alone at a second try, to be mended: \S*sometimes\.test/,
    );
    assert.equal(text.match(/✔ passes/g)?.length, 1, text);
  });

  test("that fails is final", () => {
    const { text, status } = runTests({ fails: FAILS }, { secondTries: 1 });
    assert.notEqual(status, 0);
    assert.match(text, /Once more, alone/);
  });

  test("is not had where more failed than may, or none may", () => {
    for (const [count, secondTries] of [
      [2, 1],
      [1, 0],
    ]) {
      const contents = Array.from({ length: count ?? 0 }, (_, i) => [`fails-${i}`, FAILS]);
      const { text, status } = runTests(Object.fromEntries(contents), { secondTries });
      assert.notEqual(status, 0);
      assert.doesNotMatch(text, /Once more/);
    }
  });
});

suite("files", () => {
  const contents = { zebra: PASSES, ape: PASSES, bear: FAILS };

  test("start in the order in which they are given", () => {
    const started = (name: string) => `console.log("here is ${name}");\n`;
    const names = ["zebra", "ape", "bear"];
    const { text } = runTests(
      Object.fromEntries(names.map((name) => [name, started(name) + PASSES])),
      {},
    );
    const order = [...text.matchAll(/^here is (\w+)$/gm)].map(([, name]) => name);
    assert.deepEqual(order, names);
    assert.doesNotMatch(text, /Warning/);
  });

  test("are told of: how long each took, and which failed", () => {
    const { report } = runTests(contents, {});
    const seconds = report("seconds").trim().split("\n");
    assert.deepEqual(seconds.map((line) => /^\d+\.\d \S*-(\w+)\.test/.exec(line)?.[1]).sort(), [
      "ape",
      "bear",
      "zebra",
    ]);
    assert.match(report("failed"), /^\S*bear\.test\.mjs\n$/);
  });

  test("behind others print into a file, with a lower priority", () => {
    const priority = `
      import { getPriority } from "node:os";
      console.log("priority", getPriority());
    `;
    const { text, report, status } = runTests({ nice: priority + PASSES }, { isBehind: true });
    assert.equal(status, 0, text);
    assert.doesNotMatch(text, /priority/);
    const [, own] = /^priority (\d+)$/m.exec(report("log")) ?? [];
    assert.equal(Number(own), Math.min(19, getPriority() + 10));
    assert.match(report("log"), /✔ passes/);
  });
});
