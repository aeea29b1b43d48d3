// A socket is made again for a session that was connected before a sleep.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SOCKET_PROPERTIES } from "../../../glue/sleep/socket-state/socket-properties.ts";
import type { Server } from "../../../glue/socket.io/server/server.ts";
import { InMemoryServer } from "../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("id, handshake, data and rooms are those of before", async () => {
  const before = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.data.user = "alice";
      socket.join("room");
    });
  });
  const client = before.connect("/", { token: "t" });
  await settle();
  const [socket] = await before.io.fetchSockets();
  client.take();

  const connected: unknown[] = [];
  const setup = (io: Server) => void io.on("connection", (later) => connected.push(later));
  const { io } = new InMemoryServer(setup, {}, [client]);
  assert.equal(io.engine.clientsCount, 1);
  assert.equal(io.sockets.sockets.size, 1);
  const restored = io.sockets.sockets.get(String(socket?.id));
  assert.ok(restored);
  assert.equal(restored.connected, true);
  assert.deepEqual(restored.data, { user: "alice" });
  assert.deepEqual([...restored.rooms], [socket?.id, "room"]);
  assert.deepEqual(restored.handshake, socket?.handshake);
  assert.equal(restored.handshake.auth.token, "t");
  assert.equal((await io.fetchSockets())[0], restored, "there is one per session");
  assert.deepEqual(connected, []);
  assert.deepEqual(client.frames, [], "the client notices nothing");
});

test("data is saved when it was touched, and only then", async () => {
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("touch", (value) => {
        socket.data.value = value;
      });
      socket.on("leave alone", () => {});
    });
  });
  const client = server.connect();
  await settle();
  const first = client.snapshot;
  client.emit('42["leave alone"]');
  await settle();
  assert.equal(client.snapshot, first);
  client.emit('42["touch",7]');
  assert.notEqual(client.snapshot, first);
  const { io } = new InMemoryServer(() => {}, {}, [client]);
  const [socket] = await io.fetchSockets();
  assert.deepEqual(socket?.data, { value: 7 });
});

test("a session whose socket nobody needed keeps its data over two sleeps", async () => {
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.data = { user: "alice" };
    });
  });
  const client = server.connect();
  await settle();
  const second = new InMemoryServer(() => {}, {}, [client]);
  // A room changes, so that the snapshot is written again; no socket is made for it.
  second.io.socketsJoin("room");
  await settle();
  const { io } = new InMemoryServer(() => {}, {}, [client]);
  const [socket] = await io.in("room").fetchSockets();
  assert.deepEqual(socket?.data, { user: "alice" });
});

test("broadcasts, rooms and acknowledgements need no sockets", async () => {
  const before = new InMemoryServer((io) => {
    io.on("connection", (socket) => socket.join(String(socket.handshake.auth.room)));
  });
  const clients = [before.connect("/", { room: "a" }), before.connect("/", { room: "b" })];
  await settle();
  for (const client of clients) client.take();
  const { io } = new InMemoryServer(() => {}, {}, clients);
  io.to("a").emit("hello");
  io.in("b").socketsJoin("c");
  io.to("c").emit("c");
  assert.deepEqual(
    clients.map((client) => client.take()),
    [['42["hello"]'], ['42["c"]']],
  );
  const answers = io.timeout(1000).emitWithAck("q");
  for (const client of clients) {
    const id = /^42(\d+)/.exec(String(client.take()[0]))?.[1];
    client.emit(`43${id}["yes"]`);
  }
  assert.deepEqual(await answers, ["yes", "yes"]);
});

test("a close that wakes the object runs the listeners' end, with reason, rooms and data", async () => {
  const before = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.join("room");
      socket.data.user = "alice";
    });
  });
  const client = before.connect();
  await settle();
  const after = new InMemoryServer(() => {}, {}, [client]);
  const seen: unknown[] = [];
  // What a replayed connection listener would register.
  const socket = [...after.io.sockets.sockets.values()][0];
  socket?.on("disconnecting", (reason) =>
    seen.push([reason, socket.rooms.has("room"), socket.data]),
  );
  socket?.on("disconnect", (reason) => seen.push([reason, socket.rooms.size]));
  client.leave();
  assert.deepEqual(seen, [
    ["transport close", true, { user: "alice" }],
    ["transport close", 0],
  ]);
  assert.deepEqual(after.errors, []);
});

test("a close of a session without a socket is the end of it", async () => {
  const before = new InMemoryServer(() => {});
  const client = before.connect();
  await settle();
  const after = new InMemoryServer(() => {}, {}, [client]);
  client.leave();
  assert.equal(after.io.sockets.sockets.size, 0);
  assert.deepEqual(after.errors, []);
});

test("a child of a pattern is made again", async () => {
  const setup = (io: Server) => {
    io.of(/^\/room-\d+$/).on("connection", (socket) => {
      socket.on("name", (answer) => answer(socket.nsp.name));
    });
  };
  const options = { cleanupEmptyChildNamespaces: true };
  const before = new InMemoryServer(setup, options);
  const client = before.connect("/room-7");
  await settle();
  client.take();
  const { io } = new InMemoryServer(setup, options, [client]);
  assert.equal((await io.of("/room-7").fetchSockets()).length, 1);
  client.leave();
  assert.ok(!io._nsps.has("/room-7"));
});

test("a client whose middlewares had not finished asks again", async () => {
  let runs = 0;
  const setup = (io: Server) => {
    io.use((_socket, next) => {
      runs += 1;
      if (runs > 1) next();
    });
  };
  const client = new InMemoryServer(setup).connect("/", { token: "t" });
  await settle();
  assert.deepEqual(client.frames, []);
  const { io } = new InMemoryServer(setup, {}, [client]);
  await settle();
  assert.match(String(client.frames[0]), /^40\{"sid":/);
  const [socket] = await io.fetchSockets();
  assert.deepEqual(socket?.handshake.auth, { token: "t" });
});

test("data of a client that asked again is its own from then on", async () => {
  let isStuck = true;
  const setup = (io: Server) => {
    io.use((socket, next) => {
      socket.data.step = isStuck ? "stuck" : "through";
      if (!isStuck) next();
    });
  };
  const client = new InMemoryServer(setup).connect();
  await settle();
  isStuck = false;
  new InMemoryServer(setup, {}, [client]);
  await settle();
  const { io } = new InMemoryServer(setup, {}, [client]);
  const [socket] = await io.fetchSockets();
  assert.deepEqual(socket?.data, { step: "through" });
});

test("what is not the library's among a socket's properties is known", () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("event", () => {});
      socket.onAny(() => {});
      socket.timeout(1).volatile.emit("event");
      Object.assign(socket, { username: "alice" });
      seen.push(Object.keys(socket).filter((key) => !SOCKET_PROPERTIES.has(key)));
    });
  });
  server.connect();
  assert.deepEqual(seen, [["username"]]);
});
