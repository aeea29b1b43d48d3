// The example of vitest in docs/testing.md, with vitest from npm.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Reader } from "./page.ts";

const exec = promisify(execFile);
const user = new Reader();

before(() => user.install());
after(() => user.remove());

test("the example of vitest passes", async () => {
  await user.addPackages({ vite: "8.3.8", vitest: "5.1.1", "socket.io-client": "4.8.4" });
  user.take("chat.js");
  user.take("chat.spec.js");
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const program = user.path("node_modules", "vitest", "vitest.mjs");
  const { stdout } = await exec(process.execPath, [program, "run"], { cwd: user.folder, env });
  assert.match(stdout, /1 passed/);
});
