// What the suggestions make of servers is what they were on `socket.io`, though it sleeps before everything that somebody
// does: every suggestion applied, without a finding left, and with types that fit.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import parser from "@typescript-eslint/parser";
import { Linter } from "eslint";
import type { Server as UpstreamServer } from "socket.io";
import { createServer } from "../../../durable-objects/node/index.ts";
import plugin from "../../../layers/eslint/index.ts";
import { startServer } from "../../../layers/testing/index.ts";
import { importAnew } from "../../../layers/testing/modules.ts";
import { addFence } from "../../applications/fence.ts";
import { asleep, type Log, play } from "../../applications/people.ts";
import { startSetups } from "../../applications/setups.ts";
import { ROOT } from "../../package/consumer.ts";
import type { RunningWorker } from "../../support/miniflare.ts";
import { startOracle } from "../../support/oracle.ts";
import { FOLDER } from "./corpus.ts";
import { REWRITABLE, type Rewritable } from "./rewritten.ts";

const ORIGINALS = join(FOLDER, "rewritten");
const folder = mkdtempSync(join(FOLDER, "rewritten-"));
const linter = new Linter();
/** It starts while the tests on Node run. */
let starting: Promise<RunningWorker>;

before(() => {
  for (const { file } of REWRITABLE) {
    const code = readFileSync(join(ORIGINALS, `${file}.ts`), "utf8");
    writeFileSync(join(folder, `${file}.ts`), rewriteAll(code).code);
  }
  starting = startAll();
});
after(async () => {
  await (await starting).stop();
  rmSync(folder, { recursive: true });
});

/** Applies every suggestion, one after the other. */
function rewriteAll(original: string): { code: string; kept: string[]; left: string[] } {
  const config = [plugin.configs.recommended, { files: ["**/*.ts"], languageOptions: { parser } }];
  const kept: string[] = [];
  for (let code = original; ; ) {
    const messages = linter.verify(code, config, { filename: "server.ts" });
    const [suggestion] = messages.flatMap(({ suggestions }) => suggestions ?? []);
    if (!suggestion) return { code, kept, left: messages.map(({ message }) => message) };
    const { fix, desc } = suggestion;
    kept.push(/`(.*)`/.exec(desc)?.[1] ?? desc);
    code = code.slice(0, fix.range[0]) + fix.text + code.slice(fix.range[1]);
  }
}

async function setUp(path: string, io: UpstreamServer): Promise<void> {
  addFence(io);
  const { setup } = await importAnew(path);
  (setup as (io: UpstreamServer) => void)(io);
}

async function onUpstream({ file, act }: Rewritable): Promise<Log> {
  const running: Promise<void>[] = [];
  const path = join(ORIGINALS, `${file}.ts`);
  const { url, stop } = await startOracle({}, (io) => void running.push(setUp(path, io)));
  await Promise.all(running);
  try {
    return await play(act, url);
  } finally {
    await stop();
  }
}

async function onNode(path: string, { act }: Rewritable): Promise<Log> {
  const Class = createServer((io) => setUp(path, io as unknown as UpstreamServer));
  const server = await startServer(Class, { sleep: "warm" });
  try {
    const log = await play(act, server.url);
    assert.ok(server.sleeps > 0);
    assert.deepEqual(server.keptAwake, []);
    return log;
  } finally {
    await server.close();
  }
}

/** Out of memory before each thing that somebody does: what reads objects of `io.data` takes a while to leave it. */
async function evicted(number: number, { act }: Rewritable): Promise<Log> {
  const className = `Rewritten${number}`;
  const worker = await starting;
  const evict = () => worker.evict("default", "hibernate", className).catch(assertAbsent);
  return await play((scene) => act(asleep(scene, evict)), worker.url, `/${className}`);
}

function assertAbsent(error: Error): void {
  assert.match(error.message, /not currently running/);
}

test("every file is somebody's", () => {
  const files = readdirSync(ORIGINALS).map((name) => name.replace(/\.ts$/, ""));
  assert.deepEqual(files.sort(), REWRITABLE.map(({ file }) => file).sort());
});

for (const rewritable of REWRITABLE) {
  describe(rewritable.file, () => {
    const { file } = rewritable;
    let expected: Log;
    before(async () => {
      expected = await onUpstream(rewritable);
      assert.ok(Object.values(expected).flat().length > 3);
    });
    test("every variable is moved, and nothing is left to find", () => {
      const code = readFileSync(join(ORIGINALS, `${file}.ts`), "utf8");
      const { kept, left } = rewriteAll(code);
      assert.deepEqual(kept, rewritable.kept);
      assert.deepEqual(left, []);
    });
    test("as it was, it is lost in a sleep", async () => {
      assert.notDeepEqual(await onNode(join(ORIGINALS, `${file}.ts`), rewritable), expected);
    });
    test("rewritten, it sleeps on Node", async () => {
      assert.deepEqual(await onNode(join(folder, `${file}.ts`), rewritable), expected);
    });
  });
}

test("rewritten, they are evicted in workerd, all at a time", async () => {
  const logs = await Promise.all(
    REWRITABLE.map(async (rewritable, number) => [
      await evicted(number, rewritable),
      await onUpstream(rewritable),
    ]),
  );
  for (const [log, expected] of logs) assert.deepEqual(log, expected);
});

test("rewritten, they compile", async () => {
  const config = {
    extends: join(ROOT, "tests", "tsconfig.json"),
    compilerOptions: {
      noEmit: true,
      paths: { "socket.io": [join(ROOT, "durable-objects", "node", "index.ts")] },
    },
    include: [join(folder, "*.ts"), join(ROOT, "durable-objects", "**", "*.d.ts")],
    exclude: [],
  };
  const project = join(folder, "tsconfig.json");
  writeFileSync(project, JSON.stringify(config));
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "--project", project]).catch(
    (error) => error,
  );
  assert.equal(stdout, "");
});

function startAll(): Promise<RunningWorker> {
  const modules = REWRITABLE.map(({ file }) => join(folder, `${file}.ts`));
  return startSetups(modules, "Rewritten");
}
