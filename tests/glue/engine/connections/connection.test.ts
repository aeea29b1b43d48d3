// Connections as `socket.conn` and `io.engine` show them: events, turns, the framing of older clients.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection, EnginePacket } from "../../../../glue/engine/connections/connection.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A server that answers `echo` with its arguments. */
function echo(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("echo", (...args) => void socket.emit("echo", ...args));
  });
}

test("the engine's connection event has the id, the request, the address", () => {
  const seen: Connection[] = [];
  const server = new InMemoryServer((io) => {
    io.engine.on("connection", (connection: Connection) => void seen.push(connection));
  });
  const client = server.open({ headers: { origin: "https://example.com" }, query: { EIO: "4" } });
  const [connection] = seen;
  assert.equal(connection, client.connection);
  assert.match(client.connection.id, /^[\w-]{20}$/);
  assert.equal(connection?.protocol, 4);
  assert.equal(connection?.readyState, "open");
  assert.equal(connection?.remoteAddress, "192.0.2.1");
  assert.equal(connection?.transport.name, "websocket");
  assert.equal(connection?.transport.sid, client.connection.id);
  assert.equal(connection?.request?.headers.origin, "https://example.com");
  assert.deepEqual(connection?.request?._query, { EIO: "4" });
  assert.equal(connection?.request?.connection.encrypted, true);
  assert.equal(server.io.engine.clientsCount, 1);
  assert.deepEqual(Object.keys(server.io.engine.clients), [client.connection.id]);
});

test("packet, data, message and heartbeat tell what came", () => {
  const server = new InMemoryServer(echo);
  const client = server.connect();
  const log: unknown[][] = [];
  for (const event of ["packet", "data", "message", "heartbeat"]) {
    client.connection.on(event, (...args: unknown[]) => void log.push([event, ...args]));
  }
  client.emit("3", '42["x"]');
  assert.deepEqual(log, [
    ["packet", { type: "pong" }],
    ["heartbeat"],
    ["packet", { type: "message", data: '2["x"]' }],
    ["data", '2["x"]'],
    ["message", '2["x"]'],
  ]);
});

test("packetCreate tells what is sent, and whether it may be compressed", () => {
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("plain", () => void socket.emit("a"));
      socket.on("uncompressed", () => void socket.compress(false).emit("b", Buffer.from([1])));
    });
  });
  const client = server.connect();
  const packets: EnginePacket[] = [];
  client.connection.on("packetCreate", (packet: EnginePacket) => void packets.push(packet));
  client.emit('42["plain"]', '42["uncompressed"]');
  const text = '51-["b",{"_placeholder":true,"num":0}]';
  assert.deepEqual(packets, [
    { type: "message", data: '2["a"]', options: { compress: true } },
    { type: "message", data: text, options: { compress: false } },
    { type: "message", data: Buffer.from([1]), options: { compress: false } },
  ]);
});

for (const event of ["packet", "data", "message"]) {
  test(`a listener of ${event} closes the connection: what came goes no further, and no error is reported`, () => {
    const heard: unknown[] = [];
    const server = new InMemoryServer((io) => {
      io.on("connection", (socket) => socket.onAny((...args) => heard.push(args)));
    });
    const client = server.connect();
    const { connection } = client;
    connection.on(event, () => connection.close());
    client.emit('42["say"]');
    assert.deepEqual([heard, server.errors], [[], []]);
    assert.equal(server.io.engine.clientsCount, 0);
  });

  test(`the same, of bytes: ${event}`, () => {
    const server = new InMemoryServer(echo);
    const client = server.open();
    const { connection } = client;
    connection.on(event, () => connection.close());
    client.emit(new Uint8Array([1]));
    assert.deepEqual(server.errors, []);
    assert.equal(server.io.engine.clientsCount, 0);
  });
}

test("send and write put any message on the wire", async () => {
  const server = new InMemoryServer(echo);
  const client = server.open();
  let sent = 0;
  const count = (): void => void sent++;
  const { connection } = client;
  connection.send("text", null, count).write(new Uint8Array([1]), count);
  connection.send(new Uint8Array([2]).buffer);
  assert.deepEqual(client.take(), ["4text", new Uint8Array([1]), new Uint8Array([2])]);
  await settle();
  assert.equal(sent, 2);
});

test("what is no message is sent as its text, as upstream does", () => {
  const server = new InMemoryServer(echo);
  const client = server.open();
  const { connection } = client;
  for (const data of [5, undefined, null, 0, true, { a: 1 }]) connection.send(data as never);
  assert.deepEqual(client.take(), ["45", "4", "4", "4", "4true", "4[object Object]"]);
});

test("a transport is writable again with the next turn", async () => {
  const server = new InMemoryServer(echo);
  const client = server.connect();
  const { transport } = client.connection;
  assert.equal(transport.writable, true, "after the input that it was sent in");
  client.connection.send("a");
  assert.equal(transport.writable, false);
  await Promise.resolve();
  assert.equal(transport.writable, true, "a turn outside of inputs ends with its microtasks");
  client.connection.send("a");
  client.emit("3");
  assert.equal(transport.writable, true, "an input is a turn of its own");
});

test("close ends the connection and its sessions", () => {
  const log: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("disconnect", (reason) => void log.push(["disconnect", reason]));
    });
  });
  const client = server.connect();
  client.connection.on("close", (reason: string) => void log.push(["close", reason]));
  client.connection.close();
  assert.deepEqual(log, [
    ["disconnect", "forced close"],
    ["close", "forced close"],
  ]);
  assert.equal(client.connection.readyState, "closed");
  assert.equal(client.closed?.code, 1000);
  assert.equal(server.io.engine.clientsCount, 0);
  client.take();
  client.connection.send("too late");
  client.connection.close();
  assert.deepEqual(client.take(), []);
  assert.equal(log.length, 2);
});

test("engine.close closes every connection", () => {
  const server = new InMemoryServer(echo);
  const clients = [server.connect(), server.connect("/"), server.open()];
  server.io.engine.close();
  for (const client of clients) assert.equal(client.closed?.code, 1000);
  assert.equal(server.io.engine.clientsCount, 0);
});

test("a lost connection says why", () => {
  const log: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("disconnect", (...args: unknown[]) => void log.push(args));
    });
  });
  server.connect().leave();
  const failing = server.connect();
  const error = new Error("reset by peer");
  server.runtime.handleError(failing.connection, error);
  server.runtime.handleClose(failing.connection, 1006, "");
  assert.deepEqual(log, [
    ["transport close", undefined],
    ["transport error", error],
  ]);
});

test("a deleted request leaves the handshake empty", () => {
  let handshake: { headers: object; query: object; url: string } | undefined;
  const server = new InMemoryServer((io) => {
    io.engine.on("connection", (connection: Connection) => {
      delete connection.request;
    });
    io.on("connection", (socket) => {
      handshake = socket.handshake;
    });
  });
  server.connect();
  assert.deepEqual(handshake?.headers, {});
  assert.deepEqual(handshake?.query, {});
});

function binaryEcho(client: InMemoryClient, ...attachment: (string | Uint8Array)[]): unknown[] {
  client.take();
  client.emit('451-["echo",{"_placeholder":true,"num":0}]', ...attachment);
  return client.take();
}

test("binary: plain with Engine.IO 4", () => {
  const frames = binaryEcho(new InMemoryServer(echo).connect(), new Uint8Array([1, 2]));
  assert.deepEqual(frames.slice(1), [Buffer.from([1, 2])]);
});

test("binary: base64 from a client of Engine.IO 4 that cannot send it", () => {
  const frames = binaryEcho(new InMemoryServer(echo).connect(), "bAQI=");
  assert.deepEqual(frames.slice(1), [Buffer.from([1, 2])]);
});

test("binary: base64 to a client that asked for it", () => {
  const server = new InMemoryServer(echo);
  const client = server.open({ query: { EIO: "4", b64: "1" } }).emit("40");
  assert.deepEqual(binaryEcho(client, "bAQI=").slice(1), ["bAQI="]);
  const older = server.open({ query: { EIO: "3", b64: "1" } }, 3);
  assert.deepEqual(binaryEcho(older, "b4AQI=").slice(1), ["b4AQI="]);
});

test("binary: behind its packet type with Engine.IO 3", () => {
  const client = new InMemoryServer(echo, { allowEIO3: true }).open({}, 3);
  const frames = binaryEcho(client, new Uint8Array([4, 1, 2]));
  assert.deepEqual(frames.slice(1), [new Uint8Array([4, 1, 2])]);
});

test("a broadcast reaches clients of either protocol in their framing", () => {
  const server = new InMemoryServer(echo, { allowEIO3: true });
  const [newer, older] = [server.connect(), server.open({}, 3)];
  newer.take();
  older.take();
  server.io.emit("b", Buffer.from([9]));
  assert.deepEqual(newer.take()[1], Buffer.from([9]));
  assert.deepEqual(older.take()[1], new Uint8Array([4, 9]));
});

test("heartbeats of Engine.IO 3 come from the client", () => {
  const server = new InMemoryServer(echo, { allowEIO3: true });
  const client = server.open({}, 3);
  client.take();
  client.emit("2");
  assert.deepEqual(client.take(), ["3"]);
  server.elapsed = 26_000;
  server.runtime.handleTimeout();
  assert.deepEqual(client.take(), [], "the server sends none");
  client.emit("3");
  assert.ok(client.closed, "a pong is no packet of an Engine.IO 3 client");
});

test("heartbeats of Engine.IO 4 come from the server, and silence ends the connection", () => {
  const reasons: string[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("disconnect", (reason) => void reasons.push(reason));
    });
  });
  const [alive, silent] = [server.connect(), server.connect()];
  alive.take();
  server.elapsed = 26_000;
  server.runtime.handleTimeout();
  assert.deepEqual(alive.take(), ["2"]);
  alive.emit("3");
  server.elapsed = 46_000;
  server.runtime.handleTimeout();
  assert.deepEqual(reasons, ["ping timeout"]);
  assert.deepEqual(silent.closed, { code: 1000, reason: "ping timeout" });
  assert.equal(alive.closed, undefined);
});

test("a connection that joins nothing is closed in time", () => {
  const server = new InMemoryServer(echo, { connectTimeout: 1000 });
  const [joined, idle] = [server.connect(), server.open()];
  server.elapsed = 1001;
  server.runtime.handleTimeout();
  assert.deepEqual(idle.closed, { code: 1000, reason: "connect timeout" });
  assert.equal(joined.closed, undefined);
});

// --- transports --------------------------------------------------------------------------------------

test("a session goes on over another transport; the one before says that it is closed", () => {
  const server = new InMemoryServer(echo);
  const client = server.connect();
  client.take();
  const { connection } = client;
  const before = connection.transport;
  const other = new InMemoryClient();
  connection._setTransport(other);
  assert.notEqual(connection.transport, before);
  assert.deepEqual([before.readyState, before.writable], ["closed", false]);
  assert.deepEqual(
    [connection.transport.readyState, connection.transport.writable],
    ["open", true],
  );
  client.emit('42["echo",1]');
  assert.deepEqual([client.take(), other.take()], [[], ['42["echo",1]']]);
  connection.close();
  assert.equal(client.closed, undefined);
  assert.notEqual(other.closed, undefined);
});

test("a transport is writable when nothing waits, in another turn", async () => {
  const server = new InMemoryServer(echo);
  const client = server.connect();
  const { transport } = client.connection;
  assert.equal(transport.writable, true);
  client.bufferedAmount = 1;
  assert.equal(transport.writable, false);
  client.bufferedAmount = 0;
  assert.equal(transport.writable, true);
  server.io.emit("x");
  assert.equal(transport.writable, false);
  await settle();
  assert.equal(transport.writable, true);
});

test("what waits is bounded: only what was there at the look before, and only if more is sent", async () => {
  const server = new InMemoryServer(echo, { maxBufferedAmount: 100_000 });
  const [stuck, other] = [server.connect(), server.connect()];
  const text = "x".repeat(70_000);
  const frame = `42["a","${text}"]`;
  server.io.emit("a", text);
  await settle();
  // The frame before is new, whatever else waits.
  stuck.bufferedAmount = 100_000 + frame.length;
  server.io.emit("b", text);
  await settle();
  assert.equal(stuck.closed, undefined);
  stuck.bufferedAmount = 100_001 + frame.length;
  await settle();
  assert.equal(stuck.closed, undefined);
  server.io.emit("c", text);
  await settle();
  assert.deepEqual(stuck.closed, { code: 1008, reason: "the client does not read" });
  assert.ok(!stuck.frames.some((frame) => `${frame}`.startsWith('42["c"')));
  assert.ok(other.frames.some((frame) => `${frame}`.startsWith('42["c"')));
  assert.equal(other.closed, undefined);
  assert.deepEqual(server.errors, []);
});
