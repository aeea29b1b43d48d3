// What becomes of a client whose middlewares go wrong: `socket.io` on Node would end its process.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));
const REFUSED = '44{"message":"Internal server error"}';

test("a middleware that throws refuses its client and is reported", async () => {
  const server = new InMemoryServer((io) => {
    io.use((socket, next) => {
      if (socket.handshake.auth.bad) throw new Error("broken");
      next();
    });
  });
  const bad = server.connect("/", { bad: true });
  const good = server.connect();
  await settle();
  assert.deepEqual(bad.frames, [REFUSED]);
  assert.equal(bad.closed, undefined);
  assert.match(String(good.frames[0]), /^40\{"sid":/);
  assert.equal(server.errors.length, 1);
  assert.match(String(server.errors[0]?.error), /broken/);
});

test("a middleware that rejects refuses its client and is reported", async () => {
  const server = new InMemoryServer((io) => {
    io.use(async () => {
      await settle();
      throw new Error("broken");
    });
  });
  const client = server.connect();
  await settle();
  await settle();
  assert.deepEqual(client.frames, [REFUSED]);
  assert.equal(server.errors.length, 1);
  client.emit("40");
  assert.equal(client.closed, undefined, "it may try again");
});

test("an error that JSON cannot take refuses its client all the same, and is reported", async () => {
  const circular: Record<string, unknown> = {};
  circular.circular = circular;
  const unreadable = Object.defineProperty(new Error(), "message", {
    get: () => {
      throw new Error("unreadable");
    },
  });
  const errors = [
    Object.assign(new Error("no"), { data: 1n }),
    Object.assign(new Error("no"), { data: circular }),
    unreadable,
  ];
  const server = new InMemoryServer((io) => {
    io.use((socket, next) => next(errors[socket.handshake.auth.which]));
  });
  for (const which of errors.keys()) {
    const client = server.connect("/", { which });
    await settle();
    assert.deepEqual(client.frames, [REFUSED]);
    client.emit("40");
    assert.equal(client.closed, undefined, "it may try again");
  }
  const reported = server.errors.map(({ error }) => String(error));
  assert.match(reported.join("\n"), /BigInt.*circular.*unreadable/s);
});

test("what stands behind next() has run when the client is connected", async () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.use((socket, next) => {
      next();
      socket.data.first = true;
    });
    io.use((socket, next) => {
      next();
      socket.data.second = true;
    });
    io.on("connection", (socket) => seen.push({ ...socket.data }));
  });
  server.connect();
  await settle();
  assert.deepEqual(seen, [{ first: true, second: true }]);
});

test("next() counts once", async () => {
  let calls = 0;
  const server = new InMemoryServer((io) => {
    io.use((_socket, next) => {
      next();
      next();
      next(new Error("late"));
    });
    io.use((_socket, next) => {
      calls += 1;
      next();
    });
  });
  const client = server.connect();
  await settle();
  assert.equal(calls, 1);
  assert.equal(client.frames.length, 1);
  assert.deepEqual(server.errors, []);
});

test("next() after the client has gone does nothing, even if its session's place is taken", async () => {
  const waiting: (() => void)[] = [];
  const connected: string[] = [];
  const server = new InMemoryServer((io) => {
    io.use((_socket, next) => void waiting.push(next));
    io.on("connection", (socket) => connected.push(socket.id));
  });
  server.connect().leave();
  const second = server.connect();
  waiting[0]?.();
  await settle();
  assert.deepEqual(connected, []);
  assert.deepEqual(second.frames, []);
  waiting[1]?.();
  await settle();
  assert.equal(connected.length, 1);
});

test("a function namespace that answers after the client has gone does nothing", async () => {
  const answers: ((error: Error | null, allow: boolean) => void)[] = [];
  const server = new InMemoryServer(
    (io) => void io.of((_name, _auth, next) => void answers.push(next)),
    { cleanupEmptyChildNamespaces: true },
  );
  server.connect("/dynamic").leave();
  const second = server.connect("/dynamic");
  answers[0]?.(null, true);
  assert.deepEqual(second.frames, []);
  answers[1]?.(null, true);
  assert.match(String(second.frames[0]), /^40\/dynamic,\{"sid":/);
  assert.ok(server.io._nsps.has("/dynamic"));
  second.leave();
  assert.ok(!server.io._nsps.has("/dynamic"));
});

test("a socket middleware that throws holds its event back and nothing else", async () => {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.use(([name], next) => {
        if (name === "bad") throw new Error("broken");
        next();
      });
      socket.on("bad", () => seen.push("bad"));
      socket.on("good", () => seen.push("good"));
    });
  });
  const client = server.connect().emit('42["bad"]', '42["good"]');
  await settle();
  assert.deepEqual(seen, ["good"]);
  assert.equal(client.closed, undefined);
  assert.equal(server.errors.length, 1);
});

test("an asynchronous socket middleware does not deliver to a socket that has gone", async () => {
  const waiting: (() => void)[] = [];
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.use((_event, next) => void waiting.push(next));
      socket.on("event", () => seen.push("event"));
    });
  });
  server.connect().emit('42["event"]').leave();
  waiting[0]?.();
  await settle();
  assert.deepEqual(seen, []);
});

for (const id of [42, "", null]) {
  test(`an id that a socket cannot have (${JSON.stringify(id)}) refuses its client and is reported`, async () => {
    const server = new InMemoryServer((io) => {
      io.use((socket, next) => {
        if (socket.handshake.auth.bad) socket.id = id as string;
        next();
      });
    });
    const bad = server.connect("/", { bad: true });
    const good = server.connect();
    await settle();
    assert.deepEqual(bad.frames, [REFUSED]);
    assert.match(String(good.frames[0]), /^40\{"sid":/);
    assert.equal(server.errors.length, 1);
    assert.match(String(server.errors[0]?.error), /socket\.id must be a string that is not empty/);
    assert.equal(server.io.sockets.sockets.size, 1);
  });
}

test("rooms that a middleware joined before it gave the id come along", async () => {
  const server = new InMemoryServer((io) => {
    io.use((socket, next) => {
      socket.join("room");
      socket.id = "user";
      next();
    });
  });
  const client = server.connect();
  await settle();
  server.io.to("room").emit("hello");
  assert.deepEqual(client.frames, ['40{"sid":"user"}', '42["hello"]']);
  assert.deepEqual([...server.io.of("/").adapter.sids.keys()], ["user"]);
});
