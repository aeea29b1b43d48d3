// What the command says to programs and to GitHub, and with which codes it ends.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { annotationsOf } from "../../../layers/eslint/command/formats.ts";

const COMMAND = fileURLToPath(new URL("../../../layers/eslint/command/main.ts", import.meta.url));
const SERVER = `/* eslint-env node */
import { createServer } from "dormouse-io";
let count = 0;
export const Chat = createServer((io) => {
  io.on("connection", (socket) => socket.on("say", () => (count += 1)));
});
`;

let folder = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "dormouse-check-"));
  writeFileSync(join(folder, "server.js"), SERVER);
  writeFileSync(join(folder, "clean.js"), 'import "dormouse-io";\n');
});
after(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], { cwd: folder }, (error, output, errors) => {
      resolve({ code: Number(error?.code ?? 0), output, errors });
    });
  });
}

test("json: ESLint's results of every file, with this plugin's findings alone", async () => {
  const { code, output } = await run("check", "--format", "json", "server.js", "clean.js");
  assert.equal(code, 1);
  const results: {
    filePath: string;
    errorCount: number;
    messages: { ruleId: string; line: number }[];
  }[] = JSON.parse(output);
  assert.deepEqual(
    results.map(({ filePath, errorCount }) => [filePath, errorCount]),
    [
      [join(folder, "server.js"), 1],
      [join(folder, "clean.js"), 0],
    ],
  );
  const found = results.flatMap(({ messages }) => messages);
  assert.deepEqual(
    found.map(({ ruleId, line }) => `${line} ${ruleId}`),
    ["3 dormouse-io/no-state-in-variables"],
  );
});

test("json of nothing to be found is json, too", async () => {
  const { code, output } = await run("check", "--format=json", "clean.js");
  assert.equal(code, 0);
  assert.deepEqual(
    JSON.parse(output).map(({ messages }: { messages: object[] }) => messages),
    [[]],
  );
});

test("github: an annotation for each finding", async () => {
  const { code, output } = await run("check", "-f", "github", "server.js");
  assert.equal(code, 1);
  const [first = "", ...others] = output.trim().split("\n");
  const place = "file=server.js,line=3,col=5,title=dormouse-io/no-state-in-variables";
  assert.match(first, new RegExp(`^::error ${place}::\`count\` is a variable of the module`));
  assert.ok(!others.join().includes("::error"));
});

test("github: what its commands are written with is escaped", () => {
  const messages = [
    { ruleId: null, severity: 2 as const, line: 1, column: 2, message: "50%: a,\nb" },
  ];
  const result = {
    filePath: join(folder, "a,b", "c:d.js"),
    messages,
    suppressedMessages: [],
    usedDeprecatedRules: [],
    ...{ errorCount: 1, fatalErrorCount: 0, warningCount: 0 },
    ...{ fixableErrorCount: 0, fixableWarningCount: 0 },
  };
  assert.deepEqual(annotationsOf(folder, result), [
    "::error file=a%2Cb/c%3Ad.js,line=1,col=2,title=dormouse-io::50%25: a,%0Ab",
  ]);
});

test("what it does not understand it does not guess", async () => {
  for (const args of [["--format", "xml"], ["--format"], ["--fix"]]) {
    const { code, output, errors } = await run("check", ...args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(output, "");
    assert.match(errors, /^dormouse-io check \[--format text\|json\|github\]/);
  }
});
