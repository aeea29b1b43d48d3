// Objects from before a sleep that variables hold are stale, and the first use of each is told of.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../glue/socket.io/server/socket.ts";
import { CountedStorage } from "../../support/counted-storage.ts";
import { InMemoryServer } from "../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

const USES: Record<string, (socket: Socket) => unknown> = {
  emit: (socket) => socket.emit("x"),
  join: (socket) => socket.join("room"),
  disconnect: (socket) => socket.disconnect(true),
  to: (socket) => socket.to("room").emit("x"),
  broadcast: (socket) => socket.broadcast.emit("x"),
  on: (socket) => socket.on("x", () => {}),
  data: (socket) => {
    socket.data.score = 1;
  },
  rooms: (socket) => socket.rooms.has("room"),
};

for (const [member, use] of Object.entries(USES)) {
  test(`a socket from before a sleep: ${member} does nothing, and is told of once`, async () => {
    let held: Socket | undefined;
    const server = new InMemoryServer((io) => {
      io.on("connection", (socket) => {
        held ??= socket;
        socket.on("hello", (ack) => ack("here"));
      });
    });
    const client = server.connect();
    await settle();
    server.runtime.hibernate((transport, connection) => {
      if (connection !== undefined) (transport as typeof client).connection = connection;
    });
    client.take();
    const stale = held as Socket;
    assert.equal(stale.connected, false);
    for (let i = 0; i < 2; i++) use(stale);
    assert.deepEqual([client.take(), client.closed], [[], undefined]);
    const problems = server.errors.map(({ error }) => String(error));
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", new RegExp(`socket\\.${member} of socket `));
    client.emit('420["hello"]');
    assert.deepEqual(client.take(), ['430["here"]']);
  });
}

/** How the application comes to the connection of a socket from before a sleep. */
const WAYS = {
  "that was asked for before": (socket: Socket) => {
    const { conn } = socket;
    return () => conn;
  },
  "that a stale socket is asked for": (socket: Socket) => () => socket.conn,
  "of the client of a stale socket": (socket: Socket) => () => socket.client.conn,
} satisfies Record<string, (socket: Socket) => () => Socket["conn"]>;

for (const [way, ask] of Object.entries(WAYS)) {
  test(`a connection ${way}: what is sent on it has no effect, and is told of once`, async () => {
    let find: (() => Socket["conn"]) | undefined;
    const server = new InMemoryServer((io) => {
      io.on("connection", (socket) => {
        find ??= ask(socket);
      });
    });
    const client = server.connect();
    await settle();
    server.runtime.hibernate((transport, connection) => {
      if (connection !== undefined) (transport as typeof client).connection = connection;
    });
    client.take();
    for (let i = 0; i < 2; i++) find?.().send("x");
    assert.deepEqual([client.take(), client.closed], [[], undefined]);
    const problems = server.errors.map(({ error }) => String(error));
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /socket\.conn\.send of connection /);
  });
}

/** As in an object, where nobody says before that the server's time is over. */
class SleepyServer extends InMemoryServer {
  declare readonly sleeps: true;
}
Object.defineProperty(SleepyServer.prototype, "sleeps", { value: true });

/** What a variable may hold of a server that is gone, and what is done with it. */
const PARTS: Record<string, [(io: Server) => unknown, (part: never) => unknown]> = {
  "io.data.count": [(io) => io.data, (data: { count: number }) => data.count],
  "io.data.score": [
    (io) => io.of("/chat").data,
    (data: { score: number }) => {
      data.score = 1;
    },
  ],
  "io.schedule.after": [
    (io) => io.schedule,
    (schedule: Server["schedule"]) => schedule.after(0, "round"),
  ],
  "io.schedule.cancel": [(io) => io, (io: Server) => io.schedule.cancel("round")],
  "io.of": [(io) => io, (io: Server) => io.of("/other").on("connection", () => {})],
  "io.engine.on": [
    (io) => io.engine,
    (engine: Server["engine"]) => engine.on("connection", () => {}),
  ],
  "namespace.emit": [(io) => io.of("/chat"), (nsp: Server["sockets"]) => nsp.emit("x")],
  "io.emit": [(io) => io, (io: Server) => io.emit("x")],
  "io.serverSideEmit": [(io) => io, (io: Server) => io.serverSideEmit("x")],
};

for (const [name, [take, use]] of Object.entries(PARTS)) {
  test(`a server from before a sleep: ${name} does nothing, and is told of once`, async () => {
    const storage = new CountedStorage();
    const setup = (io: Server): void => {
      io.schedule.on("round", () => {});
      io.of("/chat");
    };
    const before = new SleepyServer(setup, {}, [], storage);
    before.connect("/chat");
    before.io.data.count = 5;
    before.io.of("/chat").data.score = 6;
    before.io.schedule.after(60_000, "round");
    const part = take(before.io);
    before.runtime.keeper.writeAll();
    before.io._sessions.retire();
    const after = new InMemoryServer(setup, {}, [], storage);
    const writes = storage.writes.length;
    for (let i = 0; i < 2; i++) use(part as never);
    await settle();
    assert.equal(before.errors.length, 1);
    assert.match(String(before.errors[0]?.error), new RegExp(`${name} of .* was used`));
    assert.equal(before.runtime.keeper.isWaiting, false);
    assert.equal(storage.writes.length, writes);
    assert.deepEqual([after.io.data.count, after.io.of("/chat").data.score], [5, 6]);
  });
}
