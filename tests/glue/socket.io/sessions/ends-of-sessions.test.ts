// The end of sockets, when listeners do odd things meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InMemoryServer } from "../../../support/in-memory.ts";

test("a listener that disconnects the socket that is leaving changes nothing", () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("disconnecting", (reason) => {
        seen.push(["disconnecting", reason]);
        socket.disconnect();
        socket.disconnect(true);
      });
      socket.on("disconnect", (reason) => {
        seen.push(["disconnect", reason]);
        socket.disconnect();
      });
    });
  });
  server.connect().leave();
  assert.deepEqual(seen, [
    ["disconnecting", "transport close"],
    ["disconnect", "transport close"],
  ]);
  assert.deepEqual(server.errors, []);
});

test("a listener that throws keeps nothing from ending", () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("disconnecting", () => {
        throw new Error("disconnecting is broken");
      });
      socket.on("disconnect", (reason) => {
        seen.push(reason);
        throw new Error("disconnect is broken");
      });
    });
  });
  const [first, second] = [server.connect(), server.connect()];
  first.emit("41");
  second.leave();
  assert.deepEqual(seen, ["client namespace disconnect", "transport close"]);
  assert.equal(server.errors.length, 4);
  assert.equal(server.io.sockets.sockets.size, 0);
  assert.equal(server.io.sockets.adapter.rooms.size, 0);
  first.emit("40");
  assert.equal(server.io.sockets.sockets.size, 1, "the connection is good for another session");
});

test("two namespaces of one connection: a listener of one disconnects the other", () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("disconnect", (reason) => {
        seen.push(["/", reason]);
        io.of("/other").disconnectSockets();
      });
    });
    io.of("/other").on("connection", (socket) => {
      socket.on("disconnect", (reason) => seen.push(["/other", reason]));
    });
  });
  server.connect().emit("40/other,").leave();
  assert.deepEqual(seen, [
    ["/", "transport close"],
    ["/other", "transport close"],
  ]);
  assert.deepEqual(server.errors, []);
});

test("a connection listener that disconnects at once", () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("disconnect", (reason) => seen.push(reason));
      socket.disconnect(true);
      seen.push(socket.connected, socket.emit("late"), socket.rooms.size);
      socket.join("room");
      socket.leave("room");
    });
  });
  const client = server.connect();
  assert.deepEqual(seen, ["server namespace disconnect", false, true, 0]);
  assert.equal(client.frames.length, 2, "CONNECT and DISCONNECT");
  assert.ok(client.closed);
  assert.equal(server.io.engine.clientsCount, 0);
  assert.deepEqual(server.errors, []);
});

test("a socket that has gone does not act for who has its id now", async () => {
  const server = new InMemoryServer(() => {}, {
    connectionStateRecovery: { maxDisconnectionDuration: 1000 },
  });
  const { io } = server;
  const client = server.connect();
  const { sid, pid } = JSON.parse(String(client.take()[0]).slice(2));
  const old = io.sockets.sockets.get(sid);
  io.emit("hello");
  const offset = JSON.parse(String(client.take()[0]).slice(2)).at(-1);
  client.leave();
  const back = server.connect("/", { pid, offset });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(JSON.parse(String(back.take()[0]).slice(2)).sid, sid);
  const socket = io.sockets.sockets.get(sid);
  assert.notEqual(socket, old);
  assert.ok(socket?.recovered);
  old?.join("room");
  old?.leave(sid);
  old?.leaveAll();
  old?.disconnect();
  assert.deepEqual([...(socket?.rooms ?? [])], [sid]);
  assert.ok(socket?.connected);
});

test("close() ends the sessions before the connections, and waits for the adapters", async () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => socket.on("disconnect", (reason) => seen.push(reason)));
  });
  const clients = [server.connect(), server.open()];
  let isClosed = false;
  server.io.sockets.adapter.close = async () => {
    await Promise.resolve();
    isClosed = true;
  };
  const done = server.io.close();
  assert.deepEqual(seen, ["server shutting down"]);
  assert.deepEqual(
    clients.map((client) => client.closed),
    [undefined, undefined],
  );
  await done;
  assert.ok(isClosed);
  assert.ok(clients.every((client) => client.closed));
  assert.equal(server.io.engine.clientsCount, 0);
});
