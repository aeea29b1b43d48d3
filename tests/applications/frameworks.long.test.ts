// Frameworks and tools from npm that import `socket.io` by its name, after their quick start: with `socket.io` itself
// and with the packed package under that name, on Node awake and asleep before each thing that somebody does, and in a
// Durable Object, as wrangler bundles it, out of memory before each thing.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { Miniflare } from "miniflare";
import { Reader } from "../layers/testing/page.ts";
import { ROOT } from "../package/consumer.ts";
import { FRAMEWORKS, type Framework, PACKAGES } from "./frameworks.ts";
import { asleep, type Log, play } from "./people.ts";

const COMPATIBILITY_DATE = "2026-07-30";
const FLAGS = ["nodejs_compat"];

const upstream = new Reader();
const ours = new Reader();

before(async () => {
  for (const [user, name] of [
    [upstream, "upstream"],
    [ours, "dormouse"],
  ] as const) {
    await user.install();
    const { version } = JSON.parse(
      readFileSync(`${ROOT}node_modules/socket.io/package.json`, "utf8"),
    );
    await user.addPackages({ ...PACKAGES, ...(name === "upstream" && { "socket.io": version }) });
    cpSync(new URL("./frameworks/", import.meta.url), user.folder, { recursive: true });
  }
  ours.addWrangler();
});
after(() => {
  upstream.remove();
  ours.remove();
});

// ---- on Node

interface Started {
  name: string;
  port: number;
}

interface Observed {
  log: Log;
  errors: string;
}

async function observe(user: Reader, { file, act }: Framework, sleeps = false): Promise<Observed> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const server = fork(user.path("run.mjs"), [user.path(`${file}.mjs`)], {
    cwd: user.folder,
    env,
    execPath: process.execPath,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let errors = "";
  server.stderr?.on("data", (chunk) => (errors += chunk));
  try {
    const ended = once(server, "exit").then(() => assert.fail(`it ended: ${errors}`));
    ended.catch(() => {});
    const [{ name, port }] = (await Promise.race([once(server, "message"), ended])) as [Started];
    assert.equal(name, user === ours ? "dormouse-io" : "socket.io");
    const log = await play(
      (scene) => act(sleeps ? asleep(scene, () => sleep(server)) : scene),
      `http://127.0.0.1:${port}`,
    );
    return { log, errors };
  } finally {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  }
}

async function sleep(server: ChildProcess): Promise<void> {
  const slept = once(server, "message");
  server.send("sleep");
  await slept;
}

// ---- in a Durable Object

/** Bundles a framework's Worker as its user would. */
async function bundle({ file, alias = {} }: Framework): Promise<string> {
  const project = {
    name: file,
    main: `./${file}.mjs`,
    compatibility_date: COMPATIBILITY_DATE,
    compatibility_flags: FLAGS,
    durable_objects: { bindings: [{ name: "FRAMEWORK", class_name: "Framework" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["Framework"] }],
    alias,
  };
  ours.write(`workers/${file}.json`, JSON.stringify(project));
  const output = ours.path("out", file);
  const args = ["--config", `workers/${file}.json`, "--outdir", output];
  await ours.run("wrangler", "deploy", "--dry-run", ...args);
  return output;
}

class Workerd {
  readonly mf: Miniflare;
  output = "";
  evictions = 0;

  constructor(folder: string) {
    const files = readdirSync(folder);
    const read = (path: string) => readFileSync(`${folder}/${path}`);
    const scripts = files.filter((path) => path.endsWith(".js"));
    const cores = files.filter((path) => path.endsWith(".wasm"));
    this.mf = new Miniflare({
      name: "worker",
      modules: [
        ...scripts.map((path) => ({
          type: "ESModule" as const,
          path,
          contents: String(read(path)),
        })),
        ...cores.map((path) => ({
          type: "CompiledWasm" as const,
          path,
          contents: new Uint8Array(read(path)),
        })),
      ],
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: FLAGS,
      bindings: { DEBUG: "dormouse:*" },
      durableObjects: { FRAMEWORK: { className: "Framework", useSQLite: true } },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      cf: false,
      handleRuntimeStdio: (...streams: Readable[]) => {
        for (const stream of streams) stream.on("data", (chunk) => (this.output += chunk));
      },
    });
  }

  /** False if something keeps it awake. It has taken the platform thirty seconds to find out. */
  async evict(): Promise<boolean> {
    const options = { name: "default", webSockets: "hibernate" } as const;
    try {
      await this.mf.unsafeEvictDurableObject("worker", "Framework", options);
      this.evictions += 1;
      return true;
    } catch (error) {
      const { message } = error as Error;
      if (message.includes("not currently running")) return true;
      assert.match(message, /still has active references/);
      return false;
    }
  }
}

for (const framework of FRAMEWORKS) {
  const { file, act, toldOf, inObjects } = framework;
  describe(file, () => {
    let expected: Log;
    test("awake it shows what it shows on socket.io", async () => {
      ({ log: expected } = await observe(upstream, framework));
      assert.ok(Object.values(expected).flat().length > 0);
      assert.deepEqual((await observe(ours, framework)).log, expected);
    });
    if (toldOf === undefined) {
      test("and asleep before each thing that somebody does", async () => {
        assert.deepEqual((await observe(ours, framework, true)).log, expected);
      });
    } else {
      test("asleep it loses what it has in its own memory, and the log says so", async () => {
        const { log, errors } = await observe(ours, framework, true);
        assert.notDeepEqual(log, expected);
        assert.match(errors, toldOf);
      });
    }
    if ("fails" in inObjects) {
      test("in a Durable Object it does not start", async () => {
        const workerd = new Workerd(await bundle(framework));
        try {
          await assert.rejects(workerd.mf.ready, inObjects.fails);
        } finally {
          await workerd.mf.dispose().catch(() => {});
        }
      });
      return;
    }
    test("in a Durable Object, out of memory before each thing that somebody does", async () => {
      const workerd = new Workerd(await bundle(framework));
      try {
        await workerd.mf.ready;
        const { host } = await workerd.mf.unsafeGetDirectURL("worker");
        const isEvicted = "evicted" in inObjects;
        let isAwake = false;
        const evict = async (): Promise<void> => {
          // Once is enough: what keeps it awake goes on to do so.
          if (!isAwake) isAwake = !(await workerd.evict());
        };
        assert.deepEqual(
          await play((scene) => act(asleep(scene, evict)), `http://${host}`),
          expected,
        );
        assert.equal(isAwake, !isEvicted);
        if (isEvicted) assert.ok(workerd.evictions > 1);
        else assert.match(workerd.output, inObjects.keptAwake);
      } finally {
        await workerd.mf.dispose();
      }
    });
  });
}
