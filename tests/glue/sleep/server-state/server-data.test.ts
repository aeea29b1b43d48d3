// io.data: what the server keeps, when it is read and written, what is refused, and what replays do to it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Connection } from "../../../../glue/engine/connections/connection.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { CountedStorage } from "../../../support/counted-storage.ts";
import { InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";
import { WakefulServer } from "../sleepy-server.ts";

/** Longer than a write is put off. */
const WRITTEN = 150;

function serve(
  storage: CountedStorage,
  setup: (io: Server) => void = () => {},
  sleepers: InMemoryClient[] = [],
): InMemoryServer {
  return new InMemoryServer(setup, {}, sleepers, storage);
}

const VALUES: Record<string, () => unknown> = {
  "a number": () => 1.5,
  null: () => null,
  false: () => false,
  "a text": () => "ä\u{1F600}",
  "a map": () => new Map<unknown, unknown>([["a", { b: new Set([1]) }]]),
  "a set": () => new Set(["a"]),
  "a date": () => new Date(0),
  bytes: () => new Uint8Array([1, 2]),
  "a nested object": () => ({
    list: [{ deep: { deeper: [undefined, 1n] } }],
    __proto__: { odd: 1 },
  }),
};

for (const [what, make] of Object.entries(VALUES)) {
  test(`${what} is there again after a sleep, and is what it was`, async () => {
    const storage = new CountedStorage();
    const { io } = serve(storage);
    io.data.value = make();
    assert.deepEqual(io.data.value, make());
    await pause(WRITTEN);
    assert.deepEqual(serve(storage).io.data.value, structuredClone(make()));
  });
}

test("Buffers, wherever they are in a value, are Buffers again, and so when they are read once more", async () => {
  const storage = new CountedStorage();
  const { io } = serve(storage);
  io.data.alone = Buffer.from("alone");
  io.data.within = { list: [new Map([["key", Buffer.from("within")]])], bytes: new Uint8Array(2) };
  await pause(WRITTEN);
  for (let sleeps = 0; sleeps < 2; sleeps++) {
    const { data } = serve(storage).io;
    assert.ok(Buffer.isBuffer(data.alone));
    assert.equal(`${data.alone}`, "alone");
    assert.equal(`${data.within.list[0].get("key")}`, "within");
    assert.ok(!Buffer.isBuffer(data.within.bytes));
    // Changed, it is written anew.
    data.within.list.push(sleeps);
    data.alone[0] = "A".charCodeAt(0);
    await pause(WRITTEN);
    assert.equal(`${serve(storage).io.data.alone}`, "Alone");
    data.alone[0] = "a".charCodeAt(0);
    await pause(WRITTEN);
  }
  assert.equal(serve(storage).io.data.within.list.length, 3);
});

const CHANGES: Record<string, (value: ReturnType<typeof manifold>) => void> = {
  "an entry of a map": ({ map }) => void map.set("b", 2),
  "a member of a set": ({ set }) => void set.add(2),
  "a date": ({ date }) => void date.setTime(5),
  "a byte": ({ bytes }) => void bytes.fill(9),
  "a nested field": ({ nested }) => void Object.assign(nested.deep, { field: 2 }),
  "a list": ({ list }) => void list.push(3),
};

function manifold() {
  return {
    map: new Map([["a", 1]]),
    set: new Set([1]),
    date: new Date(0),
    bytes: new Uint8Array(4),
    nested: { deep: { field: 1 } },
    list: [1, 2],
  };
}

for (const [what, change] of Object.entries(CHANGES)) {
  test(`${what} that a listener changes in what it took long before is written, and only then`, async () => {
    const storage = new CountedStorage();
    serve(storage).io.data.value = manifold();
    await pause(WRITTEN);
    storage.writes.length = 0;
    const server = serve(storage, (io) => {
      const { value } = io.data;
      io.on("connection", (socket) => {
        socket.on("look", () => void value.map.size);
        socket.on("change", () => change(value));
      });
    });
    const client = server.connect();
    client.emit('42["look"]');
    await pause(WRITTEN);
    assert.deepEqual(storage.writes, []);
    client.emit('42["change"]');
    client.emit('42["look"]');
    await pause(WRITTEN);
    assert.deepEqual(storage.writes, ["put state:d1:/value"]);
    const expected = manifold();
    change(expected);
    assert.deepEqual(serve(storage).io.data.value, expected);
  });
}

test("a key is read when it is first used, and once; who does not use it costs nothing", async () => {
  const storage = new CountedStorage();
  Object.assign(serve(storage).io.data, { a: { x: 1 }, b: 2 });
  await pause(WRITTEN);
  storage.reads.length = 0;
  const server = serve(storage, (io) => {
    io.on("connection", (socket) => {
      socket.on("a", () => void io.data.a.x);
      socket.on("none", () => void io.data.none);
    });
  });
  const client = server.connect();
  client.emit('42["other"]');
  await pause(WRITTEN);
  assert.deepEqual(storage.reads, []);
  for (let i = 0; i < 3; i++) client.emit('42["a"]', '42["none"]');
  assert.deepEqual(storage.reads, ["get state:d1:/a", "get state:d1:/none"]);
});

test("it is an object: keys, in, delete, spread, JSON, for, ??=", async () => {
  const storage = new CountedStorage();
  const first = serve(storage).io.data;
  Object.assign(first, { a: 1, b: { c: 2 }, gone: 1 });
  Object.assign(first, JSON.parse('{"__proto__":{"own":true}}'));
  delete first.gone;
  first.a ??= 5;
  first.a += 1;
  for (const data of [first, serve(storage).io.data]) {
    assert.deepEqual(Object.keys(data), ["a", "b", "__proto__"]);
    assert.equal("a" in data && !("gone" in data) && "toString" in data, true);
    assert.equal(JSON.stringify(data), '{"a":2,"b":{"c":2},"__proto__":{"own":true}}');
    assert.deepEqual({ ...data }.b, { c: 2 });
    assert.equal(Object.hasOwn(data, "b") && !Object.hasOwn(data, "c"), true);
    assert.equal(data.own, undefined);
    await pause(WRITTEN);
  }
  assert.equal(delete first.never && delete first.toString, true);
  assert.throws(() => Object.freeze(first), TypeError);
});

test("namespaces have their own, whatever they are called; parents have none", async () => {
  const storage = new CountedStorage();
  const names = ["/", "/a", "/a1:", "/1:/", "/d1:/x"];
  const { io } = serve(storage);
  for (const name of names) io.of(name).data.x = name;
  assert.equal(io.data.x, "/");
  await pause(WRITTEN);
  const again = serve(storage).io;
  for (const name of names) {
    assert.deepEqual({ ...again.of(name).data }, { x: name });
  }
  assert.throws(() => io.of(/^\/team-/).data, /a parent namespace has no data/);
});

test("what cannot be kept, or is too large, is refused with its key, and nothing changes", () => {
  const storage = new CountedStorage();
  const { io } = serve(storage);
  io.data.value = 1;
  const cases: [RegExp, () => void][] = [
    [/io\.data\.value cannot be kept: it cannot be cloned/, () => (io.data.value = () => {})],
    [/io\.data\.value cannot be kept/, () => (io.data.value = { deep: { fn() {} } })],
    [/io\.data\.value cannot be kept/, () => (io.data.value = new Map([[1, Symbol("s")]]))],
    [
      /io\.data\.value is too large: 20000\d\d bytes/,
      () => (io.data.value = "x".repeat(2_000_000)),
    ],
    [
      /io\.of\("\/chat"\)\.data\.big is too large/,
      () => {
        io.of("/chat").data.big = new Uint8Array(3_000_000);
      },
    ],
    [/under a symbol/, () => (io.data[Symbol("s") as never] = 1 as never)],
    [/so long or odd a name/, () => (io.data["x".repeat(3_000)] = 1)],
    [/so long or odd a name/, () => (io.data["\ud800"] = 1)],
  ];
  for (const [message, assign] of cases) assert.throws(assign, { message });
  assert.equal(io.data.value, 1);
  assert.equal(io.data["x".repeat(3_000)], undefined);
});

test("what grows too large, or gets what cannot be cloned, is told of and kept as it was", async () => {
  const storage = new CountedStorage();
  const server = serve(storage);
  const { data } = server.io;
  Object.assign(data, { big: ["small"], odd: { a: 1 }, fine: 1 });
  await pause(WRITTEN);
  data.big.push("x".repeat(2_000_000));
  data.odd.fn = () => {};
  data.fine = 2;
  await pause(WRITTEN);
  assert.deepEqual(server.errors.map(({ where }) => where).sort(), ["io.data.big", "io.data.odd"]);
  const again = serve(storage).io.data;
  assert.deepEqual([again.big, again.odd, again.fine], [["small"], { a: 1 }, 2]);
});

test("turns write together, a while later, and only what is another than before", async () => {
  const storage = new CountedStorage();
  const server = serve(storage, (io) => {
    io.on("connection", (socket) => {
      socket.on("count", () => (io.data.count = (io.data.count ?? 0) + 1));
      socket.on("same", () => {
        io.data.count = Number(io.data.count);
        io.data.list = [...(io.data.list ?? [])];
      });
    });
  });
  const client = server.connect();
  for (let i = 0; i < 20; i++) client.emit('42["count"]');
  assert.deepEqual(storage.writes, []);
  assert.equal(server.io._sleep.isWaiting, true);
  await pause(WRITTEN);
  assert.deepEqual(storage.writes, ["put state:d1:/count"]);
  await pause(WRITTEN);
  assert.equal(server.io._sleep.isWaiting, false);
  client.emit('42["same"]');
  await pause(WRITTEN);
  assert.deepEqual(storage.writes.splice(0), ["put state:d1:/count", "put state:d1:/list"]);
  client.emit('42["same"]');
  await pause(WRITTEN);
  assert.deepEqual(storage.writes, []);
});

test("what is wiped is there again, whether it had been read or not", async () => {
  const storage = new CountedStorage();
  Object.assign(serve(storage).io.data, { a: 1, b: { c: 2 } });
  await pause(WRITTEN);
  const { io } = serve(storage);
  assert.equal(io.data.a, 1);
  storage.wipe();
  assert.deepEqual({ ...serve(storage).io.data }, { a: 1, b: { c: 2 } });
  const unused = serve(storage);
  storage.wipe();
  assert.deepEqual({ ...serve(storage).io.data }, { a: 1, b: { c: 2 } });
  assert.deepEqual(unused.errors, []);
});

for (const Host of [InMemoryServer, WakefulServer]) {
  test(`what an asynchronous listener does in the end is written, nothing else need happen: ${Host.name}`, async () => {
    const storage = new CountedStorage();
    const setup = (io: Server): void => {
      io.data.players ??= new Set();
      const { players } = io.data;
      io.on("connection", (socket) => {
        players.add(socket.id);
        socket.on("disconnect", async () => {
          await pause(500);
          players.delete(socket.id);
        });
      });
    };
    const server = new Host(setup, {}, [], storage);
    const client = server.connect();
    await pause(WRITTEN);
    client.leave();
    await pause(300);
    assert.equal(serve(storage).io.data.players.size, 1);
    // The test's time is its patience.
    while (serve(storage).io.data.players.size !== 0) await pause(50);
  });
}

test("code outside of events may take a value, wait a little, and change it", async () => {
  const storage = new CountedStorage();
  const { io } = serve(storage);
  io.data.list = [];
  await pause(500);
  const { list } = io.data;
  await pause(WRITTEN);
  list.push(1);
  while (serve(storage).io.data.list.length === 0) await pause(50);
  assert.deepEqual(serve(storage).io.data.list, [1]);
  assert.equal(io._sleep.isWaiting, false);
});

test("middlewares that run again, and their new keys, change and write nothing", async () => {
  const storage = new CountedStorage();
  const setup = (io: Server): void => {
    io.use((socket, next) => {
      Object.assign(socket.request, { helper: () => socket.id });
      io.data.logins = (io.data.logins ?? 0) + 1;
      io.data.fresh ??= socket.restored;
      io.schedule.after(60_000, "welcome");
      next();
    });
    io.on("connection", (socket) => {
      socket.on("help", () => {
        io.data.helped = (socket.request as unknown as { helper(): string }).helper();
      });
    });
  };
  const server = serve(storage, setup);
  const client = server.connect();
  await pause(WRITTEN);
  delete server.io.data.fresh;
  await pause(500);
  storage.writes.length = 0;
  const woken = serve(storage, setup, [Object.assign(new InMemoryClient(), client)]);
  const [connection] = woken.runtime.connections();
  (connection as Connection & { _transport: InMemoryClient })._transport.emit('42["help"]');
  await pause(500);
  assert.deepEqual(storage.writes, ["put state:d1:/helped"]);
  assert.equal(woken.io.data.logins, 1);
  assert.equal("fresh" in woken.io.data, false);
  assert.deepEqual(woken.errors, []);
});

for (const isAsync of [false, true]) {
  test(`what ${isAsync ? "asynchronous" : ""} replays write is dropped; what their listeners write later is not`, async () => {
    const storage = new CountedStorage();
    const setup = (io: Server): void => {
      io.data.list ??= [];
      io.on("connection", async (socket) => {
        const write = (): void => {
          io.data.count = (io.data.count ?? 0) + 1;
          io.data.list.push(socket.id);
          io.data.only ??= socket.id;
          delete io.data.removed;
        };
        const { list } = io.data;
        write();
        socket.on("later", () => list.push("later"));
        if (!isAsync) return;
        await pause(5);
        write();
      });
    };
    const server = serve(storage, setup);
    server.io.data.removed = 0;
    const client = server.connect();
    await pause(WRITTEN);
    const before = structuredClone({ ...server.io.data });
    assert.equal(before.count, isAsync ? 2 : 1);
    server.io.data.removed = 1;
    await pause(WRITTEN);
    storage.writes.length = 0;

    const woken = serve(storage, setup, [Object.assign(new InMemoryClient(), client)]);
    const [socket] = await woken.io.fetchSockets();
    assert.equal(socket?.id, before.only);
    const sleeper = woken.runtime.connections()[0]?._transport as InMemoryClient;
    sleeper.emit('42["nothing"]');
    // Others see nothing of it meanwhile.
    assert.deepEqual({ ...woken.io.data }, { ...before, removed: 1 });
    await pause(WRITTEN);
    assert.deepEqual({ ...woken.io.data }, { ...before, removed: 1 });
    assert.deepEqual(storage.writes, []);
    sleeper.emit('42["later"]');
    await pause(WRITTEN);
    assert.deepEqual(storage.writes, ["put state:d1:/list"]);
    assert.deepEqual(serve(storage).io.data.list, [...before.list, "later"]);
  });
}

/** What a server holds of `io.data` since its setup, and what a connection listener does to it. */
const HELD: Record<string, (held: ReturnType<typeof manifold>, isAgain: boolean) => void> = {
  "an entry of a map": ({ map }, isAgain) => void map.set("player", isAgain ? 0 : 1),
  "a member of a set": ({ set }, isAgain) => void set.add(isAgain ? 8 : 7),
  "a list": ({ list }) => void list.push(3),
  "a field": ({ nested: { deep } }) => void Object.assign(deep, { field: deep.field + 1 }),
  "a date": ({ date }) => void date.setTime(date.getTime() + 1),
  "a byte": ({ bytes }) => void bytes.set([(bytes[0] as number) + 1]),
};

for (const [what, change] of Object.entries(HELD)) {
  test(`${what} that a replay changes in what setup took is as before; what came meanwhile stays`, async () => {
    const storage = new CountedStorage();
    let held: ReturnType<typeof manifold> | undefined;
    const setup = (io: Server): void => {
      io.data.value ??= manifold();
      const { value } = io.data;
      held = value;
      io.on("connection", (socket) => {
        change(value, socket.restored);
        socket.on("look", () => {});
      });
      io.of("/others").on("connection", () => void value.list.push(99));
    };
    const client = serve(storage, setup).connect();
    await pause(WRITTEN);
    storage.writes.length = 0;
    const sleeper = Object.assign(new InMemoryClient(), client);
    const woken = serve(storage, setup, [sleeper]);
    // Not written yet when the replay comes.
    woken.connect("/others");
    const { list } = held as ReturnType<typeof manifold>;
    sleeper.emit('42["look"]');
    const expected = manifold();
    change(expected, false);
    expected.list.push(99);
    assert.deepEqual(woken.io.data.value, expected);
    assert.equal(woken.io.data.value, held);
    assert.equal(held?.list, list);
    await pause(WRITTEN);
    assert.deepEqual(storage.writes, ["put state:d1:/value"]);
    assert.deepEqual(serve(storage).io.data.value, expected);
  });
}

test("an object around itself, in what setup took, is as before a replay", async () => {
  const storage = new CountedStorage();
  const setup = (io: Server): void => {
    io.data.tree ??= makeTree();
    const { tree } = io.data;
    io.on("connection", (socket) => {
      tree.children.push({ name: socket.id, parent: tree });
      tree.root = undefined;
      socket.on("look", () => {});
    });
  };
  const client = serve(storage, setup).connect();
  await pause(WRITTEN);
  const sleeper = Object.assign(new InMemoryClient(), client);
  const { io } = serve(storage, setup, [sleeper]);
  sleeper.emit('42["look"]');
  const { tree } = io.data;
  assert.equal(tree.children.length, 2);
  for (const { parent } of tree.children) assert.equal(parent, tree);
  await pause(WRITTEN);
  assert.equal(serve(storage).io.data.tree.children.length, 2);
});

function makeTree(): { root: unknown; children: { name: string; parent: unknown }[] } {
  const tree = { root: {} as unknown, children: [] as { name: string; parent: unknown }[] };
  tree.root = tree;
  tree.children.push({ name: "first", parent: tree });
  return tree;
}
