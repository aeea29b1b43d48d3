// docs/testing.md from the tarball, in a user's folder: its test passes, and finds what is lost.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { Reader } from "./page.ts";

const user = new Reader();

before(() => user.install());
after(() => user.remove());

/** Runs the page's test; gives what it printed, and how it ended. */
function run(): Promise<{ code: unknown; output: string }> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    const args = ["--test", "chat.test.js"];
    execFile(process.execPath, args, { cwd: user.folder, env }, (error, output) => {
      resolve({ code: error?.code ?? 0, output });
    });
  });
}

test("the example of node:test passes", async () => {
  user.take("chat.js");
  user.take("chat.test.js");
  const { code, output } = await run();
  assert.equal(code, 0, output);
  assert.match(output, /pass 1/);
});

test("it fails for a server that keeps names in a variable of its module", async () => {
  user.take("chat.js", (code) =>
    code
      .replace("socket.data.name = name", "names.set(socket.id, name)")
      .replace("socket.data.name, text", "names.get(socket.id), text")
      .replace("export class", "const names = new Map();\nexport class"),
  );
  user.take("chat.test.js");
  const { code, output } = await run();
  assert.equal(code, 1);
  assert.match(output, /null,|undefined,/);
});
