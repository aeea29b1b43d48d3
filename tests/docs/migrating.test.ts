// The chat of docs/migrating.md: what it is before on socket.io and on Dormouse's Node host, and what it
// is in the end, on a Durable Object that sleeps before every event.
import assert from "node:assert/strict";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { io as connectClient, type Socket } from "socket.io-client";
import { startWorker } from "../support/miniflare.ts";
import { codeBlocks } from "../support/pages.ts";

const blocks = codeBlocks("docs/migrating.md").map(({ language, code }) => {
  return language === "ts" ? stripTypeScriptTypes(code) : code;
});

type Observation = [who: string, event: string, ...values: unknown[]];

/** What two people see of each other. `pause` runs before each thing that one does. */
async function chat(url: string, pause: () => Promise<void>): Promise<Observation[]> {
  const seen: Observation[] = [];
  const options = { transports: ["websocket"], forceNew: true, reconnection: false };
  const join = (who: string): Socket => {
    const socket = connectClient(url, options);
    socket.onAny((event, ...values) => void seen.push([who, event, ...values]));
    return socket;
  };
  const act = async (socket: Socket, heard: number, event: string, ...values: unknown[]) => {
    await pause();
    socket.emit(event, ...values);
    await until(() => seen.length >= heard);
  };
  const [alice, bob] = [join("alice"), join("bob")];
  try {
    await until(() => alice.connected && bob.connected);
    await act(alice, 2, "add user", "Alice");
    await act(bob, 4, "add user", "Bob");
    await act(alice, 4, "add user", "Mallory");
    await act(alice, 5, "typing");
    await act(alice, 6, "stop typing");
    await act(alice, 7, "new message", "hello");
    await act(bob, 8, "new message", "hi");
    await pause();
    bob.disconnect();
    await until(() => seen.length >= 9);
    return seen.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  } finally {
    alice.disconnect();
    bob.disconnect();
  }
}

const EXPECTED: Observation[] = [
  ["alice", "login", { userCount: 1 }],
  ["alice", "new message", { username: "Bob", message: "hi" }],
  ["alice", "user joined", { username: "Bob", userCount: 2 }],
  ["alice", "user left", { username: "Bob", userCount: 1 }],
  ["bob", "login", { userCount: 2 }],
  ["bob", "new message", { username: "Alice", message: "hello" }],
  ["bob", "stop typing", { username: "Alice" }],
  ["bob", "typing", { username: "Alice" }],
  ["bob", "user joined", { username: "Alice", userCount: 1 }],
];

for (const name of ["socket.io", "dormouse-io/node"]) {
  test(`the chat where it starts, on ${name}`, async () => {
    const start = blocks.find((code) => code.includes("server.js, on socket.io")) ?? "";
    const { createServer } = await import("node:http");
    const { Server } =
      name === "socket.io"
        ? await import("socket.io")
        : await import("../../durable-objects/node/index.ts");
    const body = start.replace(/^import .*$/gm, "").replace("httpServer.listen(3000);", "");
    const run = new Function("createServer", "Server", `${body}\nreturn { io, httpServer };`);
    const { io, httpServer } = run(createServer, Server);
    await new Promise<void>((resolve) => httpServer.listen(0, "127.0.0.1", resolve));
    const { port } = httpServer.address() as AddressInfo;
    try {
      assert.deepEqual(await chat(`http://127.0.0.1:${port}`, async () => {}), EXPECTED);
    } finally {
      await io.close();
    }
  });
}

test("hibernate() before every event shows what would be lost, and that nothing is in the end", async () => {
  const { createServer } = await import("node:http");
  const { createServer: makeClass } = await import("../../durable-objects/node/index.ts");
  const start = blocks.find((code) => code.includes("server.js, on socket.io")) ?? "";
  const end = blocks.findLast((code) => code.includes("export default")) ?? "";
  const [, before = ""] = /const io = .*?;\n(.*)httpServer\.listen/s.exec(start) ?? [];
  const [, after = ""] = /createServer\(\(io\) => \{\n(.*?)^\}\) \{\}/ms.exec(end) ?? [];
  assert.match(before, /let userCount/);
  assert.match(after, /countUsers/);
  for (const [body, isLost] of [
    [before, true],
    [after, false],
  ] as const) {
    const Chat = makeClass(new Function("io", body) as () => void);
    const http = createServer();
    const server = new Chat(http);
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const { port } = http.address() as AddressInfo;
    try {
      const seen = await chat(`http://127.0.0.1:${port}`, () => server.hibernate());
      if (isLost) assert.notDeepEqual(seen, EXPECTED);
      else assert.deepEqual(seen, EXPECTED);
    } finally {
      await server.io.close();
    }
  }
});

test("the chat in the end, on an object that sleeps before every event", async () => {
  const end = blocks.findLast((code) => code.includes("export default")) ?? "";
  assert.match(end, /countUsers/);
  const worker = await startWorker({
    entry: { source: end },
    classes: { CHAT: "Chat" },
  });
  try {
    assert.deepEqual(await chat(worker.url, () => worker.evict("default")), EXPECTED);
  } finally {
    await worker.stop();
  }
});

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!holds()) {
    assert.ok(Date.now() < end, "waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
