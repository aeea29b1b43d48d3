// What changes of a socket is kept, whoever changes it, and nothing else is.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The socket of a client as a sleep would bring it back, in a server of its own. */
async function afterSleep(client: InMemoryClient): Promise<Socket> {
  const { io } = new InMemoryServer(() => {}, {}, [Object.assign(new InMemoryClient(), client)]);
  return (await io.fetchSockets())[0] as unknown as Socket;
}

async function dataOf(client: InMemoryClient): Promise<unknown> {
  return (await afterSleep(client)).data;
}

function makeServer(register: (socket: Socket, io: Server) => void): InMemoryServer {
  return new InMemoryServer((io) => io.on("connection", (socket) => register(socket, io)));
}

for (const isPending of [false, true]) {
  test(`a message keeps its own client, ${isPending ? "also" : "not"} while a listener is pending`, async () => {
    const server = makeServer((socket) => {
      const { data } = socket;
      data.state = { list: [1, 2, 3] };
      socket.on("for ever", () => new Promise(() => {}) as unknown as undefined);
      socket.on("count", () => (socket.data.count = (socket.data.count ?? 0) + 1));
      socket.on("read", () => void socket.data.state.list.length);
    });
    const clients = Array.from({ length: 100 }, () => server.connect());
    if (isPending) for (const client of clients.slice(0, 10)) client.emit('42["for ever"]');
    await pause(20);
    const before = server.saves;
    for (const client of clients) client.emit('42["count"]');
    await pause(20);
    assert.equal(server.saves - before, clients.length);
    for (const client of clients) client.emit('42["read"]');
    await pause(20);
    assert.equal(server.saves - before, clients.length);
  });
}

/** Ways in which code writes to `data` that nobody asks for at that moment. */
const WRITES: Record<string, (socket: Socket, other: () => Socket, bus: EventEmitter) => unknown> =
  {
    "an object that its connection listener took": (socket, other) => {
      const { data } = other();
      socket.on("go", () => (data.x = 1));
    },
    "an object that another's listener holds": (socket, other) => {
      const held = other().data;
      socket.on("go", () => (held.x = 1));
    },
    "after an await, as the target of an assignment": (socket) => {
      socket.on("go", async () => {
        socket.data.x = await pause(5).then(() => 1);
      });
    },
    "an object taken before an await, of another": (socket, other) => {
      socket.on("go", async () => {
        const { data } = other();
        await pause(5);
        data.x = 1;
      });
    },
    "in a listener that never ends, when something happens": (socket, _other, bus) => {
      socket.on("wait", async () => {
        const { data } = socket;
        await once(bus, "go");
        data.x = 1;
        await new Promise(() => {});
      });
      socket.on("go", () => void bus.emit("go"));
    },
    "after an await that nobody waits for, outside of events": (socket) => {
      const write = async (): Promise<void> => {
        await settle();
        socket.data.x = await pause(5).then(() => 1);
      };
      socket.on("go", () => void write());
    },
    "in a timer that reads it anew": (socket) => {
      socket.on("go", () => void setTimeout(() => (socket.data.x = 1), 5));
    },
  };

for (const [name, register] of Object.entries(WRITES)) {
  test(`a write is kept: ${name}`, async () => {
    const bus = new EventEmitter();
    const sockets: Socket[] = [];
    const server = makeServer((socket) => {
      sockets.push(socket);
      register(socket, () => sockets[0] as Socket, bus);
    });
    const [first, second] = [server.connect(), server.connect()];
    await settle();
    const isOfAnother = register.length > 1 && !register.toString().includes("_other");
    const actor = isOfAnother ? second : first;
    actor.emit('42["wait"]', '42["go"]');
    await pause(300);
    assert.deepEqual(await dataOf(first), { x: 1 });
    assert.deepEqual(server.errors, []);
  });
}

interface LateProperty {
  readonly isKept: boolean;
  readonly before?: (socket: Socket) => unknown;
  readonly behind?: (socket: Socket) => unknown;
}

/** What a timer does beside setting a property; the check goes by it: layers/eslint/analysis/walk/late-properties.ts. */
const LATE_PROPERTIES: Record<string, LateProperty> = {
  "nothing else": { isKept: false },
  "an event to nobody": { isKept: false, behind: (socket) => socket.to("nobody").emit("event") },
  "an event to its client": { isKept: true, behind: (socket) => socket.emit("event") },
  "an event to its client, before": { isKept: true, before: (socket) => socket.emit("event") },
  "an event to all": { isKept: true, behind: (socket) => socket.nsp.emit("event") },
  "a room": { isKept: true, behind: (socket) => socket.join("room") },
  "no room any more": { isKept: true, behind: (socket) => socket.leave("room") },
  "a look at its data": { isKept: true, behind: (socket) => socket.data },
};

for (const [name, { isKept, before, behind }] of Object.entries(LATE_PROPERTIES)) {
  test(`a property that a timer sets is ${isKept ? "kept" : "not noticed"}, with ${name}`, async () => {
    const ran = Promise.withResolvers<void>();
    const server = makeServer((socket) => {
      setTimeout(() => {
        before?.(socket);
        Object.assign(socket, { late: true });
        behind?.(socket);
        ran.resolve();
      }, 5);
    });
    const client = server.connect();
    await ran.promise;
    await pause(30);
    assert.equal("late" in (await afterSleep(client)), isKept);
    assert.deepEqual(server.errors, []);
  });
}

test("what a replayed listener has taken is looked at from then on", async () => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.data.list ??= [];
      const { list } = socket.data;
      const peers = [...io.sockets.sockets.values()].map(({ data }) => data);
      socket.on("push", (value) => list.push(value));
      socket.on("tell", (value) => peers.forEach((data) => void data.list.push(value)));
    });
  };
  const before = new InMemoryServer(setup);
  const clients = [before.connect(), before.connect()] as const;
  await settle();
  new InMemoryServer(setup, {}, clients);
  clients[0].emit('42["push",1]', '42["tell",2]');
  assert.deepEqual(await dataOf(clients[0]), { list: [1, 2] });
  assert.deepEqual(await dataOf(clients[1]), { list: [2] });
});

test("with many clients, too, what another's event changes is kept, though not with every event", async () => {
  const all: Record<string, unknown>[] = [];
  const server = makeServer((socket) => {
    all.push(socket.data);
    socket.on("all", () => {
      for (const [index, data] of all.entries()) data.x = index;
    });
    socket.on("read", () => void socket.data);
  });
  const clients = Array.from({ length: 500 }, () => server.connect());
  await pause(20);
  for (const client of clients) client.emit('42["read"]');
  clients[0]?.emit('42["all"]');
  await pause(30);
  assert.deepEqual(await dataOf(clients[499] as InMemoryClient), { x: 499 });
});

test("own properties are kept when they change, and inside, too", async () => {
  type Tagged = Socket & { tags?: string[]; name?: string };
  const server = makeServer((socket: Tagged) => {
    socket.tags = ["a"];
    socket.on("tag", (tag) => socket.tags?.push(tag));
    socket.on("forget", () => delete socket.tags);
    socket.on("nothing", () => {});
  });
  const client = server.connect();
  await settle();
  const own = async (): Promise<unknown> => ((await afterSleep(client)) as Tagged).tags;
  let { saves } = server;
  client.emit('42["nothing"]');
  assert.equal(server.saves, saves);
  client.emit('42["tag","b"]');
  assert.deepEqual(await own(), ["a", "b"]);
  saves = server.saves;
  client.emit('42["nothing"]');
  assert.equal(server.saves, saves);
  client.emit('42["forget"]');
  assert.equal(await own(), undefined);
});

test("what a listener sets behind an await is kept as soon as it settles, among however many clients", async (t) => {
  // No look of another kind comes: their timers stand still.
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = makeServer((socket: Socket & { mark?: number }) => {
    socket.on("go", async () => {
      await promise;
      socket.mark = 1;
    });
  });
  const clients = Array.from({ length: 500 }, () => server.connect());
  await settle();
  const client = clients[250] as InMemoryClient;
  client.emit('42["go"]');
  resolve();
  await settle();
  assert.equal(((await afterSleep(client)) as { mark?: number }).mark, 1);
});

test("sockets that have left are not held, whatever is pending", async () => {
  const left: WeakRef<object>[] = [];
  const server = makeServer((socket) => {
    socket.data.user = { name: "alice" };
    if (socket.handshake.auth.leaves) left.push(new WeakRef(socket.data));
    socket.on("for ever", () => new Promise(() => {}) as unknown as undefined);
    socket.on("read", () => void socket.data.user);
  });
  server.connect().emit('42["for ever"]');
  const leave = (): void => {
    for (let i = 0; i < 20; i++) server.connect("/", { leaves: true }).emit('42["read"]').leave();
  };
  leave();
  await pause(20);
  assert.equal(left.length, 20);
  // What is held for good is held after any number of collections; one alone may come too early.
  let held = left;
  for (let round = 0; held.length > 0 && round < 100; round++) {
    await pause(20);
    collectGarbage();
    held = left.filter((reference) => reference.deref() !== undefined);
  }
  assert.equal(held.length, 0);
});

test("data is an ordinary object, the same one all the time", () => {
  const server = makeServer((socket) => {
    const { data } = socket;
    data.user = { name: "alice" };
    assert.equal(socket.data, data);
    assert.deepEqual(structuredClone([socket.data]), [{ user: { name: "alice" } }]);
    assert.equal(Object.getPrototypeOf(data), Object.prototype);
  });
  server.connect();
  assert.deepEqual(server.errors, []);
});

test("a Buffer in data or on the socket is one after a sleep", async () => {
  const server = makeServer((socket) => {
    socket.data.picture = Buffer.from("picture");
    Object.assign(socket, { key: [Buffer.from("key")] });
  });
  const client = server.connect();
  await settle();
  const socket = await afterSleep(client);
  assert.equal(String(socket.data.picture), "picture");
  assert.equal(String((socket as unknown as { key: Buffer[] }).key[0]), "key");
});
