// Durable Objects: handshakes, routing, stock clients, other WebSockets of the same object.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { type Socket as ClientSocket, io as connectClient } from "socket.io-client";
import olderClient from "socket.io-client-2";
import { WebSocket } from "ws";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { send, upgrade } from "../../support/raw-http.ts";
import { ask } from "../../support/stock-client.ts";

let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: new URL("server.worker.ts", import.meta.url),
    classes: {
      EVERYDAY: "Everyday",
      OLDER: "Older",
      WAKEFUL: "Wakeful",
      SHARED: "Shared",
    },
  });
});

after(() => worker.stop());

function client(query: Record<string, string> = {}, options: object = {}): ClientSocket {
  const settings = { transports: ["websocket"], forceNew: true, reconnection: false };
  return connectClient(worker.url, { ...settings, query, ...options });
}

async function fetchErrors(): Promise<Record<string, unknown>[]> {
  return (await fetch(`${worker.url}/errors`)).json() as Promise<Record<string, unknown>[]>;
}

// --- handshakes --------------------------------------------------------------------------------------

const REFUSED: [string, string, string, number, string, object][] = [
  [
    "another transport",
    "GET",
    "EIO=4&transport=polling",
    0,
    "Transport unknown",
    { transport: "polling" },
  ],
  [
    "an unknown session",
    "GET",
    "EIO=4&transport=websocket&sid=x",
    1,
    "Session ID unknown",
    { sid: "x" },
  ],
  [
    "another method",
    "POST",
    "EIO=4&transport=websocket",
    2,
    "Bad handshake method",
    { method: "POST" },
  ],
  [
    "no upgrade",
    "GET",
    "EIO=4&transport=websocket",
    3,
    "Bad request",
    { name: "TRANSPORT_HANDSHAKE_ERROR" },
  ],
];

for (const [what, method, query, code, message, context] of REFUSED) {
  test(`${what}: error ${code}`, async () => {
    await fetchErrors();
    const answer = await send(`${worker.url}/socket.io/?${query}`, { method });
    assert.equal(answer.status, 400);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.equal(answer.body, JSON.stringify({ code, message }));
    const url = `/socket.io/?${query}`;
    assert.deepEqual(await fetchErrors(), [{ code, message, context, url }]);
  });
}

test("Engine.IO 3 is refused unless it is allowed", async () => {
  const answer = await upgrade(worker.url, {}, "EIO=3&transport=websocket");
  assert.deepEqual(
    [answer.status, answer.body],
    [400, '{"code":5,"message":"Unsupported protocol version"}'],
  );
});

// --- routing -----------------------------------------------------------------------------------------

test("other paths are left to the application", async () => {
  for (const path of ["/", "/socket.io", "/socket.iox/", "/x/socket.io/"]) {
    const answer = await send(`${worker.url}${path}`);
    assert.deepEqual([answer.status, answer.body], [404, "the application's"], path);
  }
});

test("the name chooses the object", async () => {
  const [one, same, other] = [
    client({ name: "one" }),
    client({ name: "one" }),
    client({ name: "x" }),
  ];
  const heard: string[] = [];
  for (const [who, socket] of Object.entries({ one, same, other })) {
    await ask(socket, "join", "room");
    socket.on("said", (text: string) => void heard.push(`${who}: ${text}`));
  }
  one.emit("say", "room", "hi");
  for (const socket of [one, same, other]) await ask(socket, "echo");
  assert.deepEqual(heard.sort(), ["one: hi", "same: hi"]);
  assert.equal((await ask(other, "handshake"))[1], "x");
  for (const socket of [one, same, other]) socket.disconnect();
});

// --- sockets -----------------------------------------------------------------------------------------

test("the handshake has upstream's fields", async () => {
  const socket = client(
    { q: "1" },
    { auth: { token: "t" }, extraHeaders: { "x-h": "h", origin: "https://o" } },
  );
  const [handshake] = (await ask(socket, "handshake")) as [Record<string, never>];
  const { headers, time, issued, ...rest } = handshake as Record<string, unknown>;
  assert.equal((headers as Record<string, string>)["x-h"], "h");
  assert.equal(new Date(String(time)).getTime(), Math.floor(Number(issued) / 1000) * 1000);
  assert.ok(Math.abs(Date.now() - Number(issued)) < 60_000);
  assert.deepEqual(Object.keys(rest).sort(), [
    "address",
    "auth",
    "query",
    "secure",
    "url",
    "xdomain",
  ]);
  assert.equal(rest.xdomain, true);
  assert.equal(rest.secure, false);
  assert.deepEqual(rest.auth, { token: "t" });
  assert.deepEqual(rest.query, { q: "1", EIO: "4", transport: "websocket" });
  assert.equal(rest.url, "/socket.io/?q=1&EIO=4&transport=websocket");
  socket.disconnect();
});

test("binary arguments are bytes, also without Node's Buffer", async () => {
  const socket = client();
  const [value, isBytes] = await ask(socket, "binary", Buffer.from([1, 2, 3]));
  assert.deepEqual(value, Buffer.from([1, 2, 3]));
  assert.equal(isBytes, true);
  socket.disconnect();
});

test("a refused namespace and an unknown one", async () => {
  const refused = connectClient(`${worker.url}/refusing`, {
    transports: ["websocket"],
    forceNew: true,
  });
  const [error] = (await once(refused as never, "connect_error")) as [Error & { data: unknown }];
  assert.deepEqual([error.message, error.data], ["not you", { why: "because" }]);
  refused.disconnect();
  const unknown = connectClient(`${worker.url}/nowhere`, {
    transports: ["websocket"],
    forceNew: true,
  });
  const [invalid] = (await once(unknown as never, "connect_error")) as [Error];
  assert.equal(invalid.message, "Invalid namespace");
  unknown.disconnect();
});

test("a client of Socket.IO 2 talks, with binary data", async () => {
  const socket = olderClient(worker.url, {
    path: "/older",
    transports: ["websocket"],
    forceNew: true,
  });
  await new Promise<void>((resolve) => socket.on("connect", () => resolve()));
  const answer = await new Promise<unknown[]>((resolve) => {
    socket.emit("binary", Buffer.from([1]), (...args: unknown[]) => resolve(args));
  });
  assert.deepEqual(answer.slice(0, 2), [Buffer.from([1]), true]);
  socket.close();
});

test("a malformed packet closes that WebSocket with a reason, and no other", async () => {
  const other = client();
  await ask(other, "join", "room");
  const raw = new WebSocket(
    `${worker.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
  );
  await once(raw, "open");
  raw.send("40");
  raw.send("42{");
  const [code, reason] = (await once(raw, "close")) as [number, Buffer];
  assert.deepEqual([code, reason.toString()], [1000, "parse error"]);
  assert.deepEqual(await ask(other, "echo", 1), [1]);
  other.disconnect();
});

test("the platform answers pongs, and the client does not mind", async () => {
  const raw = new WebSocket(
    `${worker.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
  );
  await once(raw, "message");
  const answer = once(raw, "message");
  raw.send("3");
  assert.equal(String((await answer)[0]), "6");
  raw.close();
});

test("hibernate false: heartbeats come by a timer, and silence ends the connection", async () => {
  const alive = client({ binding: "WAKEFUL" });
  await once(alive as never, "connect");
  const url = `${worker.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket&binding=WAKEFUL`;
  const silent = new WebSocket(url);
  await once(silent, "open");
  silent.send("40");
  const [, reason] = (await once(silent, "close")) as [number, Buffer];
  assert.equal(reason.toString(), "ping timeout");
  assert.deepEqual(await ask(alive, "echo", 1), [1]);
  alive.disconnect();
});

test("WebSockets of the application's own are left alone", async () => {
  const own = new WebSocket(`${worker.url.replace("http", "ws")}/own`);
  await once(own, "open");
  const socket = client({ binding: "SHARED", name: "shared" });
  assert.deepEqual(await ask(socket, "echo", 1), [1]);
  own.send("hello");
  assert.equal(String((await once(own, "message"))[0]), "own: hello");
  await worker.evict("shared", "hibernate", "SHARED");
  own.send("again");
  assert.equal(String((await once(own, "message"))[0]), "own: again");
  assert.deepEqual(await ask(socket, "echo", 2), [2]);
  socket.disconnect();
  own.close();
});
