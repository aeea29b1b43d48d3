// What the journal is told of sessions that change: each change, of whatever host, and of no others than have changed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionAwareAdapter } from "../../../../glue/adapter/recovery/session-aware-adapter.ts";
import type { ServerOptions } from "../../../../glue/socket.io/server/options.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { CountedStorage, diskOf } from "../../../support/counted-storage.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));
type Recovery = ServerOptions["connectionStateRecovery"];

/** Puts the next snapshot off, always. */
class PuttingOff extends InMemoryServer {
  putsOff(): boolean {
    return true;
  }
}

/** Takes no snapshots, as where the object stays awake. */
class Wakeful extends InMemoryServer {}
Object.defineProperty(Wakeful.prototype, "save", { value: undefined });

function setup(io: Server): void {
  io.of(/^\/room-\d+$/).on("connection", (socket) => {
    socket.on("join", (room) => socket.join(room));
    socket.on("leave", (room) => socket.leave(room));
    socket.on("name", (name) => {
      socket.data.name = name;
    });
    socket.on("later", (name) =>
      queueMicrotask(() => {
        socket.data.name = name;
      }),
    );
  });
}

function start(
  storage: CountedStorage,
  Host: typeof InMemoryServer = InMemoryServer,
  connectionStateRecovery: Recovery = {},
): InMemoryServer {
  return new Host(setup, { connectionStateRecovery }, [], storage);
}

/** A client of so many namespaces, with its private ids. */
async function join(server: InMemoryServer, count: number) {
  const client = server.open();
  for (let number = 0; number < count; number++) client.emit(`40/room-${number},`);
  await settle();
  const pids = client.take().map((frame) => /"pid":"([^"]+)"/.exec(String(frame))?.[1] ?? "");
  assert.equal(pids.length, count);
  return { client, pids };
}

/** What a session has that comes back after a crash. */
async function afterCrash(storage: CountedStorage, namespace: string, pid: string) {
  const server = start(diskOf(storage));
  server.connect(namespace, { pid });
  await settle();
  const [socket] = server.io.of(namespace).sockets.values();
  assert.equal(socket?.recovered, true);
  return { rooms: [...(socket?.rooms ?? [])].slice(1), data: socket?.data };
}

for (const [name, Host] of Object.entries({ usual: InMemoryServer, PuttingOff, Wakeful })) {
  test(`rooms and data are as they were last after a crash, host: ${name}`, async ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout", "Date"] });
    for (const durability of ["batched", "strict"] as const) {
      const storage = new CountedStorage();
      const server = start(storage, Host, { durability });
      const { client, pids } = await join(server, 3);
      const [pid = ""] = pids;
      const pass = async () => {
        for (let passed = 0; passed < 50; passed++) {
          await settle();
          mock.timers.tick(10);
        }
      };
      await pass();
      assert.deepEqual(await afterCrash(storage, "/room-0", pid), { rooms: [], data: {} });
      client.emit('42/room-0,["join",["a","b"]]', '42/room-0,["leave","a"]');
      await pass();
      assert.deepEqual((await afterCrash(storage, "/room-0", pid)).rooms, ["b"]);
      client.emit('42/room-0,["name","Ada"]');
      await pass();
      assert.deepEqual((await afterCrash(storage, "/room-0", pid)).data, { name: "Ada" });
      client.emit('42/room-0,["later","Grace"]');
      await pass();
      assert.deepEqual((await afterCrash(storage, "/room-0", pid)).data, { name: "Grace" });
      server.io.of("/room-0").socketsJoin("by others");
      await pass();
      assert.deepEqual((await afterCrash(storage, "/room-0", pid)).rooms, ["b", "by others"]);
      server.runtime.keeper.writeAll();
    }
  });
}

/** How often the journal hears of sessions meanwhile, and how often their snapshots are taken. */
async function count(server: InMemoryServer, run: () => unknown) {
  const heard: string[] = [];
  const { application } = server.runtime;
  let packed = 0;
  const { _noteSession } = SessionAwareAdapter.prototype;
  SessionAwareAdapter.prototype._noteSession = function (session) {
    heard.push(session.pid);
    _noteSession.call(this, session);
  };
  for (const key of ["saveSession", "saveCloneableSession"] as const) {
    const own = application[key]?.bind(application);
    application[key] = (session) => {
      packed += 1;
      return own?.(session);
    };
  }
  try {
    await run();
    await settle();
    return { heard, packed };
  } finally {
    SessionAwareAdapter.prototype._noteSession = _noteSession;
  }
}

test("of a connection with many namespaces the journal hears of those that have changed", async ({
  mock,
}) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const storage = new CountedStorage();
  const server = start(storage, PuttingOff);
  const { client, pids } = await join(server, 50);
  const rowsOf = async (run: () => unknown) => {
    for (let passed = 0; passed < 50; passed++) {
      await settle();
      mock.timers.tick(10);
    }
    storage.writes.length = 0;
    const { heard, packed } = await count(server, run);
    for (let passed = 0; passed < 50; passed++) {
      await settle();
      mock.timers.tick(10);
    }
    // While its snapshot is put off, none is taken of any of them.
    assert.equal(packed, 0);
    assert.ok(heard.every((pid) => pid === pids[7]));
    return storage.writes.filter((write) => write.includes(":s"));
  };
  const row = `put recovery:s${pids[7]}`;
  assert.deepEqual(await rowsOf(() => client.emit('42/room-7,["name","Ada"]')), [row]);
  assert.deepEqual(await rowsOf(() => client.emit('42/room-7,["join",["a","b","c"]]')), [row]);
  assert.deepEqual(await rowsOf(() => client.emit('42/room-7,["join","a"]')), []);
  assert.equal((await rowsOf(() => client.emit("40/room-50,"))).length, 1);
});

test("what goes with the process is not noted before its client is lost", async () => {
  const server = new InMemoryServer(setup, { connectionStateRecovery: {} });
  const { client } = await join(server, 2);
  assert.deepEqual((await count(server, () => client.emit('42/room-1,["join","a"]'))).heard, []);
});
