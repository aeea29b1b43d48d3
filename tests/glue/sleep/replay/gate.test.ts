// What a replayed listener does beside registering is dropped, by whichever way it does it.
import assert from "node:assert/strict";
import { EventEmitter, on } from "node:events";
import { mock, test } from "node:test";
import { Adapter } from "../../../../glue/adapter/rooms/adapter.ts";
import { REPLAY_TIMEOUT } from "../../../../glue/sleep/replay/replay-timeout.ts";
import type { ServerOptions } from "../../../../glue/socket.io/server/options.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";
import { WakefulServer } from "../sleepy-server.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Notes the calls that reach it. */
const calls: string[] = [];
class NotingAdapter extends Adapter {
  override broadcast(...args: Parameters<Adapter["broadcast"]>): void {
    calls.push("broadcast");
    super.broadcast(...args);
  }

  override addAll(...args: Parameters<Adapter["addAll"]>): Promise<void> | void {
    calls.push("addAll");
    return super.addAll(...args);
  }

  override serverSideEmit(): void {
    calls.push("serverSideEmit");
  }
}

interface Slept {
  io: Server;
  server: InMemoryServer;
  client: InMemoryClient;
  other: InMemoryClient;
}

/**
 * Two clients, a sleep, and an event of the first, so that `act` is replayed. It does nothing before the
 * sleep.
 */
async function replay(
  act: (socket: Socket, io: Server, otherId: string) => unknown,
  options: ServerOptions = {},
): Promise<Slept> {
  const ids: string[] = [];
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.on("ping", (answer) => answer("pong"));
      if (!socket.restored) ids.push(socket.id);
      else return act(socket, io, ids.find((id) => id !== socket.id) ?? "") as undefined;
    });
  };
  const before = new InMemoryServer(setup, options);
  const [client, other] = [before.connect(), before.connect()];
  await settle();
  for (const one of [client, other]) one.take();
  calls.length = 0;
  const server = new InMemoryServer(setup, options, [client, other]);
  client.emit('420["ping"]');
  await settle();
  return { io: server.io, server, client, other };
}

/** What would end the socket itself is no matter of dropping alone (replay.test.ts). */
const EFFECTS: Record<string, (socket: Socket, io: Server, otherId: string) => unknown> = {
  "conn.send": (socket) => socket.conn.send("text"),
  "client.ondata": (socket) => socket.client.ondata('2["ping"]'),
  "client.writeToEngine": (socket) => socket.client.writeToEngine("text"),
  "socket.packet": (socket) => {
    socket.packet({ type: 2, data: ["x"] });
    socket.packet(["text"], { preEncoded: true });
  },
  "the connection of another": (_socket, io, id) => io.sockets.sockets.get(id)?.conn.close(),
  "disconnect of another": (_socket, io, id) => io.sockets.sockets.get(id)?.disconnect(true),
  "namespace.disconnectSockets": (_socket, io) => io.of("/").disconnectSockets(true),
  "disconnect of one that was fetched": async (socket, io, id) => {
    for (const one of await io.in(id).fetchSockets()) one.disconnect();
    for (const one of await io.fetchSockets()) if (one.id === socket.id) one.leave(id);
  },
  "adapter.addAll": (socket) => socket.adapter.addAll(socket.id, new Set(["room"])),
  "adapter.addSockets": (socket) => {
    socket.adapter.addSockets({ rooms: new Set() }, ["room"]);
  },
  "adapter.delAll": (socket) => socket.adapter.delAll(socket.id),
  "adapter.del": (socket, _io, id) => socket.adapter.del(id, id),
  "adapter.broadcast": (socket) => {
    socket.adapter.broadcast({ type: 2, data: ["x"] }, { rooms: new Set() });
  },
  "adapter.disconnectSockets": (socket) => {
    socket.adapter.disconnectSockets({ rooms: new Set() }, true);
  },
  "a broadcast after an await": async (_socket, io) => {
    await settle();
    io.emit("x");
  },
};

for (const [name, act] of Object.entries(EFFECTS)) {
  test(`dropped in a replay: ${name}`, async () => {
    const { io, server, client, other } = await replay(act);
    await settle();
    await settle();
    assert.deepEqual(
      [client, other].map(({ frames, closed }) => ({ frames, closed })),
      [
        { frames: ['430["pong"]'], closed: undefined },
        { frames: [], closed: undefined },
      ],
    );
    const sockets = await io.fetchSockets();
    assert.equal(sockets.length, 2);
    for (const socket of sockets) assert.deepEqual([...socket.rooms], [socket.id]);
    assert.equal(io.engine.clientsCount, 2);
    assert.deepEqual(server.errors, []);
    // The gate is open again.
    io.emit("later");
    assert.deepEqual(other.take(), ['42["later"]']);
  });
}

test("an adapter of the application's own is not called, however it is reached", async () => {
  await replay(
    (socket, io) => {
      socket.join("room");
      socket.emit("x");
      io.to("room").emit("x");
      socket.adapter.broadcast({ type: 2, data: ["x"] }, { rooms: new Set() });
      io.serverSideEmit("x");
    },
    { adapter: NotingAdapter },
  );
  assert.deepEqual(calls, []);
});

test("questions are asked again, answers are given", async () => {
  const { client, other } = await replay((socket, io) => {
    socket.emit("name?", () => {});
    io.timeout(10).emit("all?", () => {});
  });
  assert.deepEqual(client.take(), ['420["name?"]', '421["all?"]', '430["pong"]']);
  assert.deepEqual(other.take(), ['421["all?"]']);
});

test("the answer to an event of today is given, also by a replayed listener", async () => {
  const waiting: ((value: string) => void)[] = [];
  let isOver = false;
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.on("wait", (answer) => waiting.push(answer));
      socket.on("ping", () => {});
      if (!socket.restored || socket.handshake.auth.name !== "slow") return;
      return settle().then(() => {
        for (const answer of waiting.splice(0)) answer("done");
        isOver = true;
      }) as unknown as undefined;
    });
  };
  const before = new InMemoryServer(setup);
  const [slow, quick] = [before.connect("/", { name: "slow" }), before.connect()];
  await settle();
  quick.take();
  new InMemoryServer(setup, {}, [slow, quick]);
  slow.emit('42["ping"]');
  quick.emit('427["wait"]');
  while (!isOver) await settle();
  assert.deepEqual(quick.take(), ['437["done"]']);
});

test("dropping ends with the patience: a loop that never ends is heard again", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const bus = new EventEmitter();
    const setup = (io: Server): void => {
      io.on("connection", async (socket) => {
        socket.on("ping", (answer) => answer("pong"));
        for await (const [value] of on(bus, "news")) {
          socket.emit("news", value);
          socket.join(value);
          socket.data.last = value;
        }
      });
    };
    const before = new InMemoryServer(setup);
    const client = before.connect();
    await settle();
    client.take();
    const { io, errors } = new InMemoryServer(setup, {}, [client]);
    bus.removeAllListeners("news");
    client.emit('420["ping"]');
    bus.emit("news", "early");
    await settle();
    assert.deepEqual(client.take(), []);
    mock.timers.tick(REPLAY_TIMEOUT);
    await settle();
    assert.deepEqual(client.take(), ['430["pong"]']);
    assert.equal(errors.length, 1);
    bus.emit("news", "late");
    await settle();
    assert.deepEqual(client.take(), ['42["news","late"]']);
    const [socket] = await io.fetchSockets();
    assert.deepEqual([...(socket?.rooms ?? [])].slice(1), ["late"]);
    assert.deepEqual(socket?.data, { last: "late" });
  } finally {
    mock.timers.reset();
  }
});

test("dropped in a replay: the data of another socket that nobody has looked at is replaced", async () => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.on("ping", (answer) => answer(socket.data));
      if (!socket.restored) socket.data = { seen: 1 };
      else
        for (const one of io.sockets.sockets.values()) if (one !== socket) one.data = { seen: 2 };
    });
  };
  const before = new InMemoryServer(setup);
  const [client, other] = [before.connect(), before.connect()];
  await settle();
  for (const one of [client, other]) one.take();
  const { errors } = new InMemoryServer(setup, {}, [client, other]);
  for (const one of [client, other]) {
    one.emit('420["ping"]');
    for (let i = 0; i < 6; i++) await settle();
    assert.deepEqual(one.take(), ['430[{"seen":1}]']);
  }
  assert.deepEqual(errors, []);
});

/** Ways of writing to the data of another socket, which is `{ seen: 1, list: [1] }` before and after. */
const WRITES: Record<string, (data: () => { seen: number; list: number[] }) => unknown> = {
  "a counter": (data) => data().seen++,
  "inside of an object": (data) => data().list.push(2),
  "after an await": async (data) => {
    await settle();
    data().seen++;
    data().list.push(2);
    await settle();
    data().seen++;
  },
  "before an await": async (data) => {
    data().seen++;
    await settle();
  },
};

for (const [name, write] of Object.entries(WRITES)) {
  test(`dropped in a replay, in the data of another socket: ${name}`, async () => {
    const seen: unknown[] = [];
    const setup = (io: Server): void => {
      io.on("connection", (socket) => {
        if (!socket.restored) socket.data = { seen: 1, list: [1] };
        socket.on("ping", (answer) => answer(socket.data));
        if (!socket.restored) return;
        const other = (): Socket => {
          return [...io.sockets.sockets.values()].find((one) => one !== socket) as Socket;
        };
        const before = other().data;
        const result = write(() => other().data);
        // It sees what it writes, and the other's object stays the same one.
        seen.push(other().data === before);
        return result as undefined;
      });
    };
    const before = new InMemoryServer(setup);
    const [client, other] = [before.connect(), before.connect()];
    await settle();
    for (const one of [client, other]) one.take();
    const { errors } = new InMemoryServer(setup, {}, [client, other]);
    client.emit('420["ping"]');
    for (let i = 0; i < 6; i++) await settle();
    other.emit('420["ping"]');
    for (let i = 0; i < 6; i++) await settle();
    const kept = '430[{"seen":1,"list":[1]}]';
    assert.deepEqual([client.take(), other.take()], [[kept], [kept]]);
    assert.deepEqual(seen, [true, true]);
    assert.deepEqual(errors, []);
  });
}

test("data that is nested as deep as a client likes disturbs nobody", async () => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.on("keep", (value) => (socket.data.value = value));
      socket.on("ping", (answer) => answer("pong"));
      if (socket.restored) for (const one of io.sockets.sockets.values()) one.data.seen = true;
    });
  };
  const before = new InMemoryServer(setup);
  const [deep, other] = [before.connect(), before.connect()];
  await settle();
  deep.emit(`42["keep",${"[".repeat(1_000)}${"]".repeat(1_000)}]`);
  await settle();
  assert.equal(before.errors.length, 0);
  // This is more than the platform clones: it is told of, and costs nothing else.
  deep.emit(`42["keep",${"[".repeat(4_000)}${"]".repeat(4_000)}]`);
  await settle();
  assert.match(String(before.errors[0]?.error), /socket.data.value of socket .* cannot be cloned/);
  assert.equal(before.errors.length, 1);
  for (const one of [deep, other]) one.take();
  const { errors } = new InMemoryServer(setup, {}, [deep, other]);
  for (const one of [deep, other]) {
    one.emit('420["ping"]');
    assert.deepEqual(one.take(), ['430["pong"]']);
  }
  assert.deepEqual(errors, []);
});

for (const Host of [InMemoryServer, WakefulServer]) {
  test(`what others write to their data while a replay is under way is kept: ${Host.name}`, async () => {
    const setup = (io: Server): void => {
      io.on("connection", (socket) => {
        // Taken once: that the replay has it on loan must not depend on who asks for it next.
        const { data } = socket;
        socket.on("write", () => (data.written = (data.written ?? 0) + 1));
        socket.on("ping", (answer) => answer(socket.data));
        if (!socket.restored || socket.handshake.auth.name !== "slow") return;
        const others = () => [...io.sockets.sockets.values()].filter((one) => one !== socket);
        return (async () => {
          for (let i = 0; i < 5; i++) {
            for (const one of others()) one.data.seen = i;
            await settle();
          }
        })() as unknown as undefined;
      });
    };
    const before = new InMemoryServer(setup);
    const [slow, quick] = [before.connect("/", { name: "slow" }), before.connect()];
    await settle();
    quick.take();
    new Host(setup, {}, [slow, quick]);
    slow.emit('42["ping"]');
    for (let i = 0; i < 3; i++) {
      quick.emit('42["write"]');
      await settle();
    }
    quick.emit('420["ping"]');
    assert.deepEqual(quick.take(), ['430[{"written":3}]']);
  });
}
