// Events that wait for the connection listeners of a socket that slept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_WAITING, MAX_WAITING_OF_ALL } from "../../../../glue/sleep/replay/delivery-queues.ts";
import { memorySize } from "../../../../glue/sleep/values/memory-size.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

interface Waiting {
  server: InMemoryServer;
  clients: InMemoryClient[];
  /** What was delivered: lengths. */
  delivered: number[];
  ended: string[];
  /** Lets the listeners settle. */
  release(): Promise<void>;
}

/** Clients that slept, with connection listeners that take their time. */
async function waiting(count: number): Promise<Waiting> {
  const delivered: number[] = [];
  const ended: string[] = [];
  const releases: (() => void)[] = [];
  const register = (io: Server, name: string): void => {
    io.of(name).on("connection", (socket) => {
      socket.on("text", (text) => delivered.push(text.length ?? text.byteLength));
      socket.on("disconnect", (reason) => ended.push(reason));
      if (!socket.restored) return;
      return new Promise<void>((resolve) => releases.push(resolve)) as unknown as undefined;
    });
  };
  const setup = (io: Server): void => {
    for (const name of ["/", "/b"]) register(io, name);
  };
  const before = new InMemoryServer(setup);
  const clients = Array.from({ length: count }, () => before.connect().emit("40/b,"));
  await settle();
  const server = new InMemoryServer(setup, {}, clients);
  const release = async (): Promise<void> => {
    for (const resolve of releases.splice(0)) resolve();
    await settle();
    await settle();
  };
  return { server, clients, delivered, ended, release };
}

const text = (length: number, namespace = ""): string => {
  return `42${namespace}["text","${"x".repeat(length)}"]`;
};

test("what waits is bounded by bytes; the client that sends more is closed, and told why", async () => {
  const { server, clients, delivered, ended, release } = await waiting(2);
  const [client, other] = clients as [InMemoryClient, InMemoryClient];
  const half = MAX_WAITING / 4;
  other.emit(text(half));
  client.emit(text(half));
  assert.equal(client.closed, undefined);
  // All namespaces of a client count together.
  client.emit(text(half, "/b,"));
  assert.deepEqual(client.closed, {
    code: 1013,
    reason: "too much was sent before the server was ready",
  });
  assert.equal(server.errors.length, 1);
  assert.match(String(server.errors[0]?.error), /more events came than may wait .*bytes wait/);
  await release();
  await release();
  assert.equal(other.closed, undefined);
  assert.deepEqual(delivered.sort(), [half, half]);
  assert.deepEqual(ended, ["forced close", "forced close"]);
  // What waited is not counted any more.
  other.emit(text(half * 3));
  assert.equal(delivered.length, 3);
});

test("many small events are as much as a large one", async () => {
  const { clients } = await waiting(1);
  const [client] = clients as [InMemoryClient];
  let count = 0;
  while (client.closed === undefined && count < MAX_WAITING / 10) {
    client.emit('42["text",""]');
    count += 1;
  }
  assert.ok(client.closed !== undefined && count > 1_000, `${count} events`);
});

test("one event may be larger, text or binary", async () => {
  const { clients, delivered, release } = await waiting(2);
  const [one, two] = clients as [InMemoryClient, InMemoryClient];
  one.emit(text(600_000));
  two.emit('451-["text",{"_placeholder":true,"num":0}]', new Uint8Array(1_000_000));
  await release();
  assert.deepEqual(delivered.sort(), [600_000, 1_000_000].sort());
  two.emit('451-["text",{"_placeholder":true,"num":0}]', new Uint8Array(10));
  assert.equal(delivered.length, 3);
});

test("what all clients have waiting is bounded, too", async () => {
  const size = MAX_WAITING / 4;
  const { clients } = await waiting((2 * MAX_WAITING_OF_ALL) / MAX_WAITING + 2);
  for (const client of clients) client.emit(text(size));
  const closed = clients.filter((client) => client.closed !== undefined).length;
  assert.ok(closed >= 2 && closed < 6, `${closed} of ${clients.length}`);
});

test("an event listener that throws in the event that woke the object is reported as what it is", async () => {
  for (const isAsynchronous of [false, true]) {
    const setup = (io: Server): void => {
      io.on("connection", (socket) => {
        socket.on("crash", () => {
          throw new Error("crashed");
        });
        socket.on("disconnect", () => {
          throw new Error("crashed at the end");
        });
        if (isAsynchronous) return settle() as unknown as undefined;
      });
    };
    const before = new InMemoryServer(setup);
    const client = before.connect();
    await settle();
    const [socket] = await before.io.fetchSockets();
    const woken = new InMemoryServer(setup, {}, [client]);
    client.emit('42["crash"]', '42["crash"]');
    for (let i = 0; i < 3; i++) await settle();
    const where = `event of socket ${socket?.id} in /`;
    assert.deepEqual(
      woken.errors.map((error) => [error.where, (error.error as Error).message]),
      [
        [where, "crashed"],
        [where, "crashed"],
      ],
    );
  }
});

/** What a replayed listener may do so that its socket would stay without listeners. */
const DEAF: Record<string, (io: Server, socket: Socket) => unknown> = {
  throws: () => {
    throw new Error("not this time");
  },
  rejects: async () => {
    await settle();
    throw new Error("not this time");
  },
  "disconnects its socket": (_io, socket) => socket.disconnect(),
  "disconnects its socket later": async (_io, socket) => {
    await settle();
    socket.disconnect(true);
  },
  "closes its connection": (_io, socket) => socket.conn.close(),
  "closes its client": (_io, socket) => socket.client.close(),
  "disconnects its socket by its room": (io, socket) => io.in(socket.id).disconnectSockets(),
  "disconnects all it finds": async (io) => {
    for (const other of await io.fetchSockets()) other.disconnect();
  },
  "closes the engine": (io) => io.engine.close(),
  "closes the server": async (io) => {
    await null;
    await io.close();
  },
};

for (const [what, run] of Object.entries(DEAF)) {
  test(`a replay that ${what} ends with 1012 and one line; the listener then runs for real`, async () => {
    const heard: string[] = [];
    const setup = (io: Server): void => {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => heard.push(reason));
        if (socket.restored) {
          const running = run(io, socket);
          if (running instanceof Promise) return running as never;
          return;
        }
        socket.on("text", (text) => heard.push(text));
        return;
      });
    };
    const before = new InMemoryServer(setup);
    const [client, other] = [before.connect(), before.connect()];
    await settle();
    const woken = new InMemoryServer(setup, {}, [client, other]);
    client.emit('42["text","lost"]');
    for (let i = 0; i < 4; i++) await settle();
    assert.equal(client.closed?.code, 1012);
    assert.equal(other.closed, undefined);
    assert.deepEqual(heard, ["forced close"]);
    assert.equal(woken.errors.length, 1);
    assert.match(woken.errors[0]?.where ?? "", /after a sleep: its client is closed/);
    assert.match(String(woken.errors[0]?.error), /not this time|disconnected its socket/);
    const [again] = [woken.connect()];
    again.emit('42["text","heard"]');
    assert.deepEqual(heard, ["forced close", "heard"]);
  });
}

test("a socket that goes anyway takes nobody with it when its listener fails", async () => {
  const setup = (io: Server): void => {
    io.of("/fails").on("connection", (socket) => {
      if (socket.restored) throw new Error("not this time");
    });
    io.on("connection", (socket) => socket.on("text", (_text, ack) => ack("heard")));
  };
  const before = new InMemoryServer(setup);
  const client = before.connect().emit("40/fails,");
  await settle();
  const woken = new InMemoryServer(setup, {}, [client]);
  client.take();
  client.emit("41/fails,", '420["text","x"]');
  assert.deepEqual([client.closed, client.take()], [undefined, ['430["heard"]']]);
  assert.equal(woken.errors.length, 1);
});

test("who disconnects a room that has its own socket by now means the others of then", async () => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      io.in("of Ada").disconnectSockets();
      socket.join("of Ada");
      socket.on("text", (_text, ack) => ack("heard"));
    });
  };
  const before = new InMemoryServer(setup);
  const client = before.connect();
  await settle();
  const woken = new InMemoryServer(setup, {}, [client]);
  client.take();
  client.emit('420["text","x"]');
  assert.deepEqual([client.closed, client.take()], [undefined, ['430["heard"]']]);
  assert.deepEqual(woken.errors, []);
});

test("a connection listener that disconnects other sockets of its client has done so, and does not in a replay", async () => {
  const setup = (io: Server): void => {
    io.of("/lobby").on("connection", (socket) => {
      socket.on("text", (_text, ack) => ack("heard"));
    });
    io.of("/game").on("connection", (socket) => {
      for (const other of socket.client.sockets.values()) {
        if (other !== socket) other.disconnect();
      }
      socket.on("text", (_text, ack) => ack("heard"));
    });
  };
  const client = new InMemoryServer(setup).connect("/lobby");
  client.emit("40/game,");
  await settle();
  client.emit("40/lobby,");
  await settle();
  client.take();
  const woken = new InMemoryServer(setup, {}, [client]);
  client.emit('42/game,0["text","x"]', '42/lobby,1["text","x"]');
  await settle();
  const answers = ['43/game,0["heard"]', '43/lobby,1["heard"]'];
  assert.deepEqual([client.closed, client.take(), woken.errors], [undefined, answers, []]);
});

for (const [how, isShared] of Object.entries({ "its own": false, "another's": true })) {
  for (const end of ["41/b,", undefined]) {
    const what = end === undefined ? "is lost" : "leaves";
    test(`an event that has waited for ${how} replay passes socket.use before its client ${what}`, async () => {
      const heard: string[] = [];
      const setup = (io: Server): void => {
        for (const name of ["/", "/b"]) {
          io.of(name).on("connection", async (socket) => {
            if (isShared) Object.assign(socket.request, { word: "theirs" });
            socket.use((_event, next) => next());
            socket.on("text", (text) => heard.push(text));
            socket.on("disconnect", () => heard.push(`end of ${name}`));
            if (name === (isShared ? "/" : "/b")) for (let i = 0; i < 3; i++) await settle();
          });
        }
      };
      const client = new InMemoryServer(setup).connect();
      client.emit("40/b,");
      for (let i = 0; i < 5; i++) await settle();
      const { errors } = new InMemoryServer(setup, {}, [client]);
      if (isShared) client.emit('42["text","first"]');
      client.emit('42/b,["text","one"]', '42/b,["text","two"]');
      if (end === undefined) client.leave();
      else client.emit(end);
      for (let i = 0; i < 9; i++) await settle();
      const ofOther = heard.filter((text) => text !== "first" && text !== "end of /");
      assert.deepEqual([errors, ofOther], [[], ["one", "two", "end of /b"]]);
    });
  }
}

test("sizes: what a value takes, however deep it is", () => {
  assert.ok(memorySize("x".repeat(1000)) >= 2000);
  assert.ok(memorySize([new Uint8Array(1000)]) >= 1000);
  assert.ok(memorySize({ key: [1, null, true, "x"] }) > 100);
  assert.ok(memorySize(JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)) > 100_000);
});

for (const isSlow of [false, true]) {
  const how = isSlow ? "a replay that takes long" : "a replay that takes a moment";
  test(`the end of a connection is told to listeners that ${how} adds, behind its sockets' ends`, async () => {
    const heard: unknown[] = [];
    const setup = (io: Server): void => {
      for (const name of ["/", "/other"]) {
        io.of(name).on("connection", async (socket) => {
          if (isSlow) for (let i = 0; i < 3; i++) await settle();
          const hear = (what: string) => (reason: string) =>
            heard.push([name, what, reason, [...socket.client.nsps.keys()]]);
          socket.conn.on("close", hear("conn"));
          socket.on("disconnecting", hear("disconnecting"));
          socket.on("disconnect", hear("disconnect"));
        });
      }
    };
    const client = new InMemoryServer(setup).connect();
    client.emit("40/other,");
    for (let i = 0; i < 5; i++) await settle();
    const { errors } = new InMemoryServer(setup, {}, [client]);
    client.leave();
    for (let i = 0; i < 9; i++) await settle();
    assert.deepEqual(errors, []);
    // As socket.io shows them: each socket is among its client's until `disconnect`.
    assert.deepEqual(heard, [
      ["/", "disconnecting", "transport close", ["/", "/other"]],
      ["/", "disconnect", "transport close", ["/other"]],
      ["/other", "disconnecting", "transport close", ["/other"]],
      ["/other", "disconnect", "transport close", []],
      ["/", "conn", "transport close", []],
      ["/other", "conn", "transport close", []],
    ]);
  });
}
