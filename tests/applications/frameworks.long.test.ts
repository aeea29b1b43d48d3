// Frameworks and tools from npm that import `socket.io` by its name, after their quick start: with `socket.io` itself
// and with the packed package under that name, awake and asleep before each thing that somebody does.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Reader } from "../layers/testing/page.ts";
import { ROOT } from "../package/consumer.ts";
import { type Act, asleep, type Log, play } from "./people.ts";

const PACKAGES = {
  "@feathersjs/feathers": "5.0.50",
  "@feathersjs/socketio": "5.0.50",
  "@nestjs/common": "12.5.1",
  "@nestjs/core": "12.5.1",
  "@nestjs/platform-express": "12.5.1",
  "@nestjs/platform-socket.io": "12.1.1",
  "@nestjs/websockets": "12.1.1",
  "@socket.io/admin-ui": "0.5.1",
  "boardgame.io": "0.50.2",
  "old-adapter": "npm:socket.io-adapter@2.1.0",
  "reflect-metadata": "0.2.2",
  rxjs: "7.8.2",
  "y-socket.io": "1.1.3",
  yjs: "13.6.33",
};

const rooms =
  (say: (room: string) => unknown[]): Act =>
  async (scene) => {
    const [ada, bob] = [await scene.join("ada"), await scene.join("bob")];
    await scene.say(ada, "join", "cats");
    await scene.say(bob, "say", ...say("cats"));
  };

const ACTS: Record<string, Act> = {
  "admin-ui": async ({ join, say }) => {
    const ada = await join("ada");
    await join("bob");
    await say(ada, "tag", "one");
    await say(ada, "tag", "two");
  },
  "old-adapter": async (scene) => {
    await rooms((room) => [room, "hello"])(scene);
    const eve = await scene.join("eve");
    await scene.say(eve, "shout", Buffer.from([1, 2, 3]));
    await scene.leave(eve);
  },
  feathers: async ({ join, ask }) => {
    const ada = await join("ada");
    await join("bob");
    await ask(ada, "create", "messages", { text: "hello" }, {});
    await ask(ada, "create", "messages", { text: "again" }, {});
    await ask(ada, "find", "messages", {});
  },
  boardgame: async ({ join, say }) => {
    const namespace = "/tic-tac-toe";
    const [ada, bob] = [await join("ada", { namespace }), await join("bob", { namespace })];
    await say(ada, "sync", "match", "0", undefined, 2);
    await say(bob, "sync", "match", "1", undefined, 2);
    const payload = { type: "click", args: [4], playerID: "0" };
    await say(ada, "update", { type: "MAKE_MOVE", payload }, 0, "match", "0");
  },
  nest: rooms((room) => [{ room, text: "hello" }]),
  yjs: async ({ join, say }) => {
    const ada = await join("ada");
    await join("bob");
    await say(ada, "say", "hello");
  },
};

/** What a sleep loses, and why nobody can help it. */
const AWAKE: Record<string, string> = {
  boardgame: "it keeps its clients' sockets in a map of its own: run it with hibernate: false",
};

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
});
after(() => {
  upstream.remove();
  ours.remove();
});

interface Started {
  name: string;
  port: number;
}

async function observe(user: Reader, file: string, sleeps: boolean): Promise<Log> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const server = fork(user.path("run.mjs"), [user.path(`${file}.mjs`)], {
    cwd: user.folder,
    env,
    execPath: process.execPath,
  });
  try {
    const ended = once(server, "exit").then(() => assert.fail("it ended before it listened"));
    ended.catch(() => {});
    const [{ name, port }] = (await Promise.race([once(server, "message"), ended])) as [Started];
    assert.equal(name, user === ours ? "dormouse-io" : "socket.io");
    const act = ACTS[file] as Act;
    return await play(
      (scene) => act(sleeps ? asleep(scene, () => sleep(server)) : scene),
      `http://127.0.0.1:${port}`,
    );
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

for (const file of Object.keys(ACTS)) {
  describe(file, () => {
    let expected: Log;
    test("awake it shows what it shows on socket.io", async () => {
      expected = await observe(upstream, file, false);
      assert.ok(Object.values(expected).flat().length > 0);
      assert.deepEqual(await observe(ours, file, false), expected);
    });
    if (AWAKE[file] !== undefined) return;
    test("and asleep before each thing that somebody does", async () => {
      assert.deepEqual(await observe(ours, file, true), expected);
    });
  });
}
