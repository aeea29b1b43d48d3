// The examples of docs/testing.md that need packages from npm: vitest, its Workers plugin, Miniflare.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { findCode, ROOT } from "../../support/pages.ts";
import { Reader } from "./page.ts";

const PAGE = "docs/testing.md";
const user = new Reader();

before(() => user.install());
after(() => user.remove());

/** Runs vitest; gives what it printed, and how it ended. */
function vitest(...args: string[]): Promise<{ code: unknown; output: string }> {
  return node(user.path("node_modules", "vitest", "vitest.mjs"), "run", ...args);
}

function node(...args: string[]): Promise<{ code: unknown; output: string }> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const options = { cwd: user.folder, env: { ...env, NO_COLOR: "1", CI: "1" } };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, output: stdout + stderr });
    });
  });
}

/** The README's Worker and its configuration, with the server of the page. */
function takeWorker(): void {
  const worker = findCode("README.md", "ts", "createServer");
  const server = /^export class Chat .*?^\}\) \{\}\n/ms;
  assert.match(worker, server);
  user.take("chat.js");
  const ours = user.read("chat.js").match(server)?.[0] ?? "";
  user.write("index.ts", worker.replace(server, ours));
  user.write("wrangler.toml", findCode("README.md", "toml", "durable_objects"));
}

test("the example of vitest passes", async () => {
  await user.addPackages({ vite: "8.3.8", vitest: "5.1.1", "socket.io-client": "4.8.4" });
  user.take("chat.js");
  user.take("chat.spec.js");
  const { code, output } = await vitest();
  assert.equal(code, 0, output);
  assert.match(output, /1 passed/);
});

test("the example of vitest's Workers plugin passes, and finds what a sleep loses", async () => {
  await user.addPackages({
    "@cloudflare/vitest-plugin": "1.5.0",
    vite: "8.3.8",
    vitest: "5.1.1",
    "socket.io-client": "4.8.4",
    "@cloudflare/workers-types": "5.20261117.1",
    wrangler: "4.164.0",
  });
  takeWorker();
  user.take("vitest.config.mts");
  user.take("chat.worker.spec.ts");
  const good = await vitest();
  assert.equal(good.code, 0, good.output);
  assert.match(good.output, /2 passed/);
  user.write("tsconfig.json", findCode(PAGE, "json", "vitest-plugin"));
  const [, types = ""] =
    /`npx (wrangler types [^`]*)`/.exec(readFileSync(join(ROOT, PAGE), "utf8")) ?? [];
  await user.run("wrangler", ...types.split(" ").slice(1));
  assert.match(user.read("worker-configuration.d.ts"), /CHAT: DurableObjectNamespace/);
  await user.run("tsc");
  user.write(
    "index.ts",
    user
      .read("index.ts")
      .replace("socket.data.name = name", "named = name")
      .replace("socket.data.name, text", "named, text")
      .replace("createServer((io) => {", "createServer((io) => {\n  let named;"),
  );
  const lossy = await vitest("chat.worker");
  assert.notEqual(lossy.code, 0, lossy.output);
  assert.match(lossy.output, /1 failed/);
});

test("the example of Miniflare passes, with what wrangler bundles", async () => {
  await user.addPackages({ miniflare: "4.20260730.0", "socket.io-client": "4.8.4" });
  takeWorker();
  user.take("object.test.js");
  const [, deploy = ""] =
    /^npx wrangler (deploy .*)$/m.exec(findCode(PAGE, "sh", "--dry-run")) ?? [];
  await user.run("wrangler", ...deploy.split(" "));
  const { code, output } = await node("--test", "object.test.js");
  assert.equal(code, 0, output);
  assert.match(output, /pass 1/);
});
