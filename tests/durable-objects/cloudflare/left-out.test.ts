// Parts that a bundler was told to leave out: they are not there, the rest is as ever, and whoever uses one is told.
// That the rest is as ever is tested with the library as it is packed: tests/package/lean.test.ts.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { io, type Socket } from "socket.io-client";
import { bundleWithModules, type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { isDead, ROOT } from "../../support/pages.ts";
import { until } from "./support/sleepers.ts";

interface Part {
  /** Files, and folders as a whole. */
  modules: string[];
  /** What of it an application may use: see `uses` of the Worker. */
  uses: string[];
}

const PARTS: Record<string, Part> = {
  // It is said to nobody that nothing is said.
  DORMOUSE_DIAGNOSTICS: {
    modules: [
      "durable-objects/shared/diagnostics/pending-work.ts",
      "durable-objects/shared/diagnostics/request-advice.ts",
      "glue/common/closest-name.ts",
      "glue/common/log.ts",
      "glue/engine/runtime/message-log.ts",
      "glue/socket.io/server/ignored-options.ts",
    ],
    uses: [],
  },
  DORMOUSE_EMITTER: {
    modules: [
      "durable-objects/shared/object/emitter-calls.ts",
      "glue/adapter/calls/call-checks.ts",
      "glue/adapter/calls/perform.ts",
      "glue/adapter/calls/performed-calls.ts",
      "glue/adapter/calls/used-message-ids.ts",
    ],
    uses: ["a call of an emitter's"],
  },
  DORMOUSE_HANDSHAKE: {
    modules: [
      "durable-objects/shared/handshake/allow-request.ts",
      "durable-objects/shared/handshake/application-answers.ts",
      "durable-objects/shared/handshake/collected-response.ts",
      "durable-objects/shared/handshake/cors.ts",
      "durable-objects/shared/handshake/handshake-steps.ts",
    ],
    uses: [
      "option allowRequest",
      "option cors",
      "option generateId",
      "option editHandshakeHeaders",
      "option editResponseHeaders",
      "io.engine.use()",
      "headers of io.engine",
      "initial_headers of io.engine",
      "io.engine.generateId",
    ],
  },
  DORMOUSE_PARSER: { modules: ["glue/codec/external.ts"], uses: ["option parser"] },
  DORMOUSE_RECOVERY: {
    modules: ["glue/adapter/recovery/", "glue/adapter/rooms/small-rooms.ts"],
    uses: ["option connectionStateRecovery"],
  },
  // It keeps the object awake: see below.
  DORMOUSE_REMAKING: {
    modules: [
      "glue/sleep/remaking/remaking.ts",
      "glue/sleep/replay/client-replays.ts",
      "glue/sleep/replay/removed-listeners.ts",
      "glue/sleep/surroundings/surroundings.ts",
    ],
    uses: [],
  },
  DORMOUSE_STATE: {
    modules: [
      "glue/sleep/server-state/schedule.ts",
      "glue/sleep/server-state/server-data.ts",
      "glue/sleep/server-state/server-state.ts",
      "glue/sleep/server-state/state-keys.ts",
    ],
    uses: ["option data", "io.data", "data of a namespace", "io.schedule"],
  },
  DORMOUSE_STATISTICS: {
    modules: [
      "glue/engine/statistics/counts.ts",
      "glue/engine/statistics/statistics.ts",
      "glue/socket.io/server/server-stats.ts",
    ],
    uses: ["io.stats()", "wake of io.engine"],
  },
};
/** What only stands behind conditions, in functions that are needed without the part, too. */
const BEHIND_CONDITIONS: Record<string, string[]> = {
  DORMOUSE_DIAGNOSTICS: [
    "debug?.(",
    "nothing to wait for",
    "keep plain data there",
    "make it in setup",
    "let the listener end",
    ": received ",
    "is not kept`",
    "allocate_broadcast_ack",
    "compatibility_flags = [",
    "so it stays awake (and is billed)",
    "ask io for who is there",
    "needs the binding of a Durable Object class",
  ],
  DORMOUSE_HANDSHAKE: ["takesPart", "negotiateInSteps", "_middlewares.push"],
  DORMOUSE_PARSER: ["splitQuery", "encodeFromCore", ".codec.decode"],
  DORMOUSE_RECOVERY: ["missedPackets", "skipMiddlewares", "._emitTo", ".persistSession("],
  DORMOUSE_REMAKING: ["that had been removed (off, once)", "repeatMiddlewares"],
  DORMOUSE_STATE: ["makeServerData", "ServerState"],
  DORMOUSE_STATISTICS: ["napStartedAt"],
};
const WITHOUT = Object.fromEntries(Object.keys(PARTS).map((name) => [name, "false"]));
const ENTRY = new URL("left-out.worker.ts", import.meta.url);
/** How long an answer may take on a busy machine, in milliseconds. */
const PATIENCE = 60_000;

/** Whether a file is one of these, or in one of these folders. */
function isAmong(modules: string[], file: string): boolean {
  return modules.some((name) => (name.endsWith("/") ? file.startsWith(name) : file === name));
}

describe("a bundle", { concurrency: true }, () => {
  test("has every part where nothing is defined", async () => {
    const { modules } = await bundleWithModules(ENTRY, { minify: true });
    for (const [name, part] of Object.entries(PARTS)) {
      const missing = part.modules.filter((one) => !modules.some((file) => isAmong([one], file)));
      assert.deepEqual(missing, [], name);
    }
  });

  test("has every part but the one that is defined as false", async () => {
    for (const [name, part] of Object.entries(PARTS)) {
      const { modules } = await bundleWithModules(ENTRY, { define: { [name]: "false" } });
      const left = modules.filter((file) => isAmong(part.modules, file));
      assert.deepEqual(left, [], name);
    }
  });

  test("has nothing that stands behind conditions, whatever of the others is told", async () => {
    const { script: whole } = await bundleWithModules(ENTRY, { minify: true });
    for (const [name, texts] of Object.entries(BEHIND_CONDITIONS)) {
      const define = { [name]: "false" };
      const { script } = await bundleWithModules(ENTRY, { minify: true, define });
      assert.deepEqual(
        texts.filter((text) => !whole.includes(text) || script.includes(text)),
        [],
        name,
      );
    }
  });

  test("has none of them, nor what they alone need, where all are", async () => {
    const { modules } = await bundleWithModules(ENTRY, { minify: true, define: WITHOUT });
    for (const { modules: expected } of Object.values(PARTS)) {
      assert.deepEqual(
        modules.filter((file) => isAmong(expected, file)),
        [],
      );
    }
    assert.deepEqual(
      modules.filter((file) => file.includes("batched-storage")),
      [],
    );
  });

  test("has none of them for PartyServer, and with long-polling", async () => {
    const source = `
      export { createServer } from "dormouse-io/partyserver";
      export { polling } from "dormouse-io/polling";`;
    const { modules } = await bundleWithModules({ source }, { define: WITHOUT });
    assert.ok(modules.some((file) => file.includes("polling/transport")));
    for (const { modules: expected } of Object.values(PARTS)) {
      assert.deepEqual(
        modules.filter((file) => isAmong(expected, file)),
        [],
      );
    }
  });
});

describe("a part that was left out", () => {
  let worker: RunningWorker;
  before(async () => {
    worker = await startWorker({ entry: ENTRY, classes: { SERVER: "Server" }, define: WITHOUT });
  });
  after(() => worker?.stop());

  for (const [constant, { uses }] of Object.entries(PARTS)) {
    for (const use of uses) {
      test(`${use}: an error names ${constant}`, async () => {
        const response = await fetch(`${worker.url}/?use=${encodeURIComponent(use)}`);
        assert.match(await response.text(), new RegExp(`^dormouse: .*${constant} = false`));
      });
    }
  }

  const reasons = async (): Promise<{ what: string; instead: string }[]> => {
    const response = await fetch(`${worker.url}/?use=reasons`);
    return response.json();
  };
  const connect = (leaves: string): Socket =>
    io(worker.url, { transports: ["websocket"], forceNew: true, auth: { leaves } });

  for (const [leaves, what] of Object.entries({
    "a listener of a middleware": "what middlewares have left",
    "an instance of a middleware": "what middlewares have left",
    "a property of the request": "socket.request.user",
    "a hidden property of the connection": "socket.conn.user",
    "a property of the client": "socket.client.user",
    "a listener that was removed": 'socket.off("hello")',
  })) {
    test(`${leaves} keeps the object awake, for DORMOUSE_REMAKING`, async () => {
      const socket = connect(leaves);
      try {
        assert.equal(await socket.timeout(PATIENCE).emitWithAck("hello"), "hello");
        const [reason, ...others] = await reasons();
        assert.equal(reason?.what, what);
        assert.match(reason?.instead ?? "", /DORMOUSE_REMAKING = false/);
        assert.deepEqual(others, []);
      } finally {
        socket.disconnect();
      }
      await until("no reason to stay awake", async () =>
        (await reasons()).length === 0 ? true : undefined,
      );
    });
  }

  test("advice is the address of a page that has it, where it was left out itself", async () => {
    const socket = connect("an instance on the socket");
    try {
      assert.equal(await socket.timeout(PATIENCE).emitWithAck("hello"), "hello");
      const [reason, ...others] = await reasons();
      assert.equal(reason?.what, "socket.player");
      const [, page] =
        /^see https:\/\/github\.com\/.+?\/blob\/main\/(\S+)$/.exec(reason.instead) ?? [];
      assert.ok(page && !isDead(ROOT, "README.md", page), reason.instead);
      assert.deepEqual(others, []);
    } finally {
      socket.disconnect();
    }
    await until("no reason to stay awake", async () =>
      (await reasons()).length === 0 ? true : undefined,
    );
  });

  test("a client that leaves nothing to make again does not keep the object awake", async () => {
    const socket = connect("nothing");
    try {
      assert.equal(await socket.timeout(PATIENCE).emitWithAck("hello"), "hello");
      assert.deepEqual(await reasons(), []);
      await worker.evict("clients");
      assert.equal(await socket.timeout(PATIENCE).emitWithAck("hello"), "hello");
    } finally {
      socket.disconnect();
    }
  });

  test("an option that switches it off is none", async () => {
    const response = await fetch(`${worker.url}/?use=off`);
    assert.equal(await response.text(), "no error");
  });
});
