// Namespaces that stand for others, and namespaces that are no more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InMemoryServer } from "../../../support/in-memory.ts";

test("a parent: what goes to its children, and what finds nobody", async () => {
  const server = new InMemoryServer(() => {});
  const parent = server.io.of(/^\/room-\d+$/);
  const clients = [server.connect("/room-1"), server.connect("/room-2"), server.connect()];
  for (const client of clients) client.take();
  parent.emit("all", 1);
  parent.to("nowhere").emit("none");
  parent.except("nowhere").emit("others");
  assert.deepEqual(
    clients.map((client) => client.take()),
    [
      ['42/room-1,["all",1]', '42/room-1,["others"]'],
      ['42/room-2,["all",1]', '42/room-2,["others"]'],
      [],
    ],
  );
  assert.throws(() => parent.fetchSockets(), /not supported on parent namespaces/);
  assert.equal(parent.sockets.size, 0);
  assert.equal(parent.adapter.rooms.size, 0);
  assert.deepEqual([...(await parent.allSockets())], []);
  assert.deepEqual(await parent.timeout(1000).emitWithAck("q"), []);
  parent.socketsJoin("room");
  parent.disconnectSockets();
  assert.deepEqual(server.errors, []);
});

test("a namespace that was cleaned up", async () => {
  const server = new InMemoryServer((io) => void io.of(/^\/room-\d+$/), {
    cleanupEmptyChildNamespaces: true,
  });
  const { io } = server;
  const client = server.connect("/room-1");
  const first = io.of("/room-1");
  const [socket] = await first.fetchSockets();
  client.leave();
  assert.ok(!io._nsps.has("/room-1"));

  const other = server.connect("/room-1");
  const second = io.of("/room-1");
  assert.notEqual(second, first);
  other.take();
  first.emit("from the dead");
  first.to("room").emit("from the dead");
  first.disconnectSockets(true);
  socket?.emit("from the dead");
  assert.deepEqual(other.take(), []);
  assert.equal(other.closed, undefined);
  assert.equal(first.sockets.size, 0);
  assert.equal(first.adapter.rooms.size, 0);
  assert.deepEqual(await first.fetchSockets(), []);
  assert.deepEqual(await first.timeout(1000).emitWithAck("q"), []);
  assert.deepEqual(server.errors, []);
});

test("a namespace with a client whose middlewares run is not empty", async () => {
  const waiting: (() => void)[] = [];
  const server = new InMemoryServer(
    (io) => {
      io.of(/^\/room-\d+$/).use((socket, next) => {
        if (socket.handshake.auth.wait) waiting.push(next);
        else next();
      });
    },
    { cleanupEmptyChildNamespaces: true },
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const slow = server.connect("/room-1", { wait: true });
  const quick = server.connect("/room-1");
  await settle();
  quick.leave();
  assert.ok(server.io._nsps.has("/room-1"));
  waiting[0]?.();
  await settle();
  assert.match(String(slow.frames[0]), /^40\/room-1,\{"sid":/);
  slow.leave();
  assert.ok(!server.io._nsps.has("/room-1"));
});

test("all clients of a namespace leave at once", () => {
  const server = new InMemoryServer((io) => void io.of(/^\/room-\d+$/), {
    cleanupEmptyChildNamespaces: true,
  });
  for (let count = 0; count < 3; count += 1) server.connect("/room-1").emit("40/room-2,");
  server.runtime.shutDown();
  assert.deepEqual([...server.io._nsps.keys()], ["/"]);
  assert.deepEqual(server.errors, []);
});

test("the answer of a function counts once", () => {
  let connections = 0;
  const server = new InMemoryServer((io) => {
    io.of((_name, _auth, answer) => {
      answer(null, true);
      answer(null, true);
      answer(null, false);
    }).on("connection", () => {
      connections += 1;
    });
  });
  const client = server.connect("/room");
  assert.equal(connections, 1);
  assert.equal(client.take().length, 1);
  assert.equal(client.closed, undefined);
  assert.equal(server.io.of("/room").sockets.size, 1);
  assert.deepEqual(server.errors, []);
});

test("a function that refuses first makes no namespace by what it says then, and the next function is asked once", () => {
  const asked: string[] = [];
  const server = new InMemoryServer((io) => {
    io.of((name, _auth, answer) => {
      answer(null, false);
      answer(null, false);
      answer(null, name === "/refused");
    });
    io.of((name, _auth, answer) => {
      asked.push(name);
      answer(null, name === "/room");
    });
  });
  const refused = server.connect("/refused");
  assert.deepEqual(refused.take(), ['44/refused,{"message":"Invalid namespace"}']);
  const joined = server.connect("/room");
  assert.match(joined.take().join(), /^40\/room,\{"sid":"[^"]+"\}$/);
  assert.deepEqual(asked, ["/refused", "/room"]);
  assert.deepEqual([...server.io._nsps.keys()], ["/", "/room"]);
  assert.deepEqual(server.errors, []);
});

test("new_namespace tells of those made by hand and those made for clients", () => {
  const names: string[] = [];
  const server = new InMemoryServer((io) => {
    io.on("new_namespace", (nsp) => names.push(nsp.name));
    io.of("/static");
    io.of(/^\/room-\d+$/);
    io.of("room-1");
    io.of("/static");
  });
  server.connect("/room-2");
  server.connect("/none");
  assert.deepEqual(names, ["/static", "/room-1", "/room-2"]);
});

test("the connect timeout may be changed, to what the option may be", () => {
  const server = new InMemoryServer(() => {});
  const { io, runtime } = server;
  assert.equal(io.connectTimeout(), 45_000);
  const [waiting, joined] = [server.open(), server.connect()];
  assert.equal(io.connectTimeout(1_000), io);
  assert.equal(io.connectTimeout(), 1_000);
  for (const wrong of [0, -1, Number.NaN, "1" as never]) {
    assert.throws(
      () => io.connectTimeout(wrong),
      /option "connectTimeout" must be a positive number/,
    );
  }
  server.elapsed = 2_000;
  runtime.handleTimeout();
  assert.equal(waiting.closed?.reason, "connect timeout");
  assert.equal(joined.closed, undefined);
});

test("settings give what they are, and themselves; what cannot be is warned of once", (t) => {
  const warned = t.mock.method(console, "warn", () => {});
  const { io } = new InMemoryServer(() => {});
  assert.equal(io.serveClient(false), io);
  for (let i = 0; i < 2; i++) assert.equal(io.serveClient(true), io);
  assert.equal(io.serveClient(), false);
  const said = warned.mock.calls.map(({ arguments: [text] }) => String(text));
  assert.equal(said.length, 1);
  assert.match(
    said[0] ?? "",
    /"serveClient" is ignored where it is true: the client's files are not served/,
  );
  assert.equal(io.path(), "/socket.io");
  assert.equal(io.path("/other/").path(), "/other");
});
