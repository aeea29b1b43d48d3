// Logs: which scopes the patterns let through, and what a server tells on each platform.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, test } from "node:test";
import { io as connect } from "socket.io-client";
import { makeDebugLog, PREFIX, SCOPES } from "../../../glue/common/log.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";

const SOURCE = `
  import { createServer, routeSocketIO } from "dormouse-io";
  export const Echo = createServer((io) => {
    io.on("connection", (socket) => socket.on("echo", (value, answer) => answer(value)));
  });
  export default { fetch: (request, env) => routeSocketIO(request, env.ECHO) };
`;

const PROGRAM = `
  import { Server } from "./durable-objects/node/index.ts";
  import { io as connect } from "socket.io-client";
  const io = new Server(0);
  io.on("connection", (socket) => socket.on("echo", (value, answer) => answer(value)));
  await new Promise((resolve) => io.httpServer.on("listening", resolve));
  const { port } = io.httpServer.address();
  const client = connect("http://127.0.0.1:" + port, { transports: ["websocket"] });
  await client.emitWithAck("echo", 1);
  io.hibernate();
  await client.emitWithAck("echo", 2);
  client.disconnect();
  await io.close();
`;

const workers: RunningWorker[] = [];
after(async () => {
  for (const worker of workers) await worker.stop();
});

/** The scopes that a pattern lets through. */
function shown(pattern: unknown): string[] {
  const lines: string[] = [];
  const { debug } = console;
  console.debug = (line: string) => void lines.push(line);
  try {
    const log = makeDebugLog(pattern);
    for (const scope of SCOPES) log?.(scope, "message");
  } finally {
    console.debug = debug;
  }
  for (const line of lines) assert.match(line, /^dormouse:\w+ message$/);
  return lines.map((line) => line.slice(PREFIX.length).split(" ", 1)[0] as string);
}

test("patterns are those of the npm package debug", () => {
  assert.deepEqual(shown("dormouse:*"), [...SCOPES]);
  assert.deepEqual(shown("*"), [...SCOPES]);
  assert.deepEqual(shown("dormouse:engine,dormouse:core"), ["engine", "core"]);
  assert.deepEqual(shown("dormouse:s*  other"), ["server", "socket"]);
  assert.deepEqual(shown("*,-dormouse:s*"), ["engine", "namespace", "host", "core"]);
  assert.deepEqual(shown("dormouse.engine"), []);
});

test("without a pattern of ours there is no log at all", () => {
  for (const pattern of [undefined, "", "other:*", 1, "-dormouse:*", "dormouse"]) {
    assert.equal(makeDebugLog(pattern), undefined, String(pattern));
  }
});

for (const [pattern, scopes] of [
  ["dormouse:*", [...SCOPES]],
  ["dormouse:engine", ["engine"]],
  ["", []],
] as const) {
  test(`on Node, DEBUG=${pattern}: ${scopes.join(", ") || "silence"}`, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module-typescript", "--eval", PROGRAM],
      {
        cwd: new URL("../../../", import.meta.url),
        env: { ...process.env, DEBUG: pattern },
        encoding: "utf8",
      },
    );
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "");
    assert.deepEqual(scopesIn(stderr), [...scopes].sort());
    if (scopes.length === 0) assert.equal(stderr, "");
  });

  test(`on Workers, DEBUG=${pattern}: ${scopes.join(", ") || "silence"}`, async () => {
    const worker = await startWorker({
      entry: { source: SOURCE },
      classes: { ECHO: "Echo" },
      bindings: { DEBUG: pattern },
    });
    workers.push(worker);
    const client = connect(worker.url, { transports: ["websocket"], forceNew: true });
    assert.equal(await client.emitWithAck("echo", 1), 1);
    await worker.evict("default");
    assert.equal(await client.emitWithAck("echo", 2), 2);
    client.disconnect();
    assert.deepEqual(scopesIn(worker.output), [...scopes].sort());
  });
}

function scopesIn(output: string): string[] {
  const found = [...output.matchAll(/\bdormouse:(\w+) /g)].map(([, scope = ""]) => scope);
  return [...new Set(found)].sort();
}
