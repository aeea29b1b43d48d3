// data: { durability: "strict" }: what was changed is in the storage before anything leaves, by whichever way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { ServerOptions } from "../../../../glue/socket.io/server/options.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { CountedStorage } from "../../../support/counted-storage.ts";
import { InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";
import { WakefulServer } from "../sleepy-server.ts";

const STRICT: ServerOptions = { data: { durability: "strict" } };
const KEY = "state:d1:/players";
/** Longer than a write is put off. */
const WRITTEN = 150;

/** Who plays, as the storage has it. */
function written(storage: CountedStorage): string[] {
  return [...((storage.get(KEY) as Set<string> | undefined) ?? [])];
}

/** What the storage had when each frame left, and when the connection was closed. */
function watch(client: InMemoryClient, storage: CountedStorage): string[][] {
  const seen: string[][] = [];
  client.send = (frame) => {
    client.frames.push(frame);
    seen.push(written(storage));
  };
  client.close = () => void seen.push(written(storage));
  return seen;
}

function serve(
  storage: CountedStorage,
  setup: (io: Server, players: Set<string>) => void,
  options = STRICT,
): InMemoryServer {
  const start = (io: Server): void => {
    io.data.players ??= new Set();
    setup(io, io.data.players);
  };
  return new InMemoryServer(start, options, [], storage);
}

/** How something leaves a server. What is changed before is a set that `setup` has taken. */
const WAYS: Record<string, (socket: Socket, io: Server) => void> = {
  "an event": (socket) => void socket.emit("done"),
  "a broadcast": (_socket, io) => void io.emit("done"),
  "a frame of the engine's": (socket) => void socket.conn.send("done"),
  "a namespace's end": (socket) => void socket.disconnect(),
  "a connection's end": (socket) => void socket.disconnect(true),
  "a connection that is closed": (socket) => void socket.conn.close(),
  "a connection that somebody watches": (socket) => {
    socket.conn.once("packetCreate", () => {});
    socket.emit("done");
  },
};

for (const [what, leave] of Object.entries(WAYS)) {
  test(`${what} leaves behind what was changed before it, twice in a turn`, () => {
    const storage = new CountedStorage();
    const server = serve(storage, (io, players) => {
      io.on("connection", (socket) => {
        socket.on("play", () => {
          players.add("Ada");
          socket.emit("first");
          players.add("Bob");
          leave(socket, io);
          players.add("Cid");
        });
      });
    });
    const client = server.connect();
    const seen = watch(client, storage);
    client.emit('42["play"]');
    assert.deepEqual(seen[0], ["Ada"]);
    assert.ok(seen.length > 1);
    for (const one of seen.slice(1)) assert.deepEqual(one, ["Ada", "Bob"]);
    // What leaves by other ways than ours (an answer to a request) comes behind the turn.
    assert.deepEqual(written(storage), ["Ada", "Bob", "Cid"]);
  });
}

test("an acknowledgement, an answer to a middleware, a refusal, and a listener of what leaves", async () => {
  const storage = new CountedStorage();
  const server = serve(storage, (io, players) => {
    io.use((socket, next) => {
      players.add(socket.handshake.auth.name);
      next(socket.handshake.auth.name === "Eve" ? new Error("no") : undefined);
    });
    io.on("connection", (socket) => {
      socket.on("play", (answer) => {
        players.add("Bob");
        answer();
      });
      socket.on("watch", () => {
        socket.conn.once("packetCreate", () => void players.add("Cid"));
        socket.emit("done");
      });
    });
  });
  const [ada, eve] = [server.open(), server.open()];
  const [adaSeen, eveSeen] = [watch(ada, storage), watch(eve, storage)];
  ada.emit('40{"name":"Ada"}');
  await pause(0);
  ada.emit('420["play"]', '42["watch"]');
  assert.deepEqual(adaSeen, [["Ada"], ["Ada", "Bob"], ["Ada", "Bob", "Cid"]]);
  eve.emit('40{"name":"Eve"}');
  await pause(0);
  assert.deepEqual(eveSeen, [["Ada", "Bob", "Cid", "Eve"]]);
});

for (const Host of [InMemoryServer, WakefulServer]) {
  test(`code outside of events: what it sends, and what it does not: ${Host.name}`, async () => {
    const storage = new CountedStorage();
    const { io, connect } = Object.assign(new Host(() => {}, STRICT, [], storage), {});
    io.data.players = new Set(["Ada"]);
    await Promise.resolve();
    assert.deepEqual(written(storage), ["Ada"], "once the code that runs is over");
    const { players } = io.data;
    const client = connect.call(io._runtime.host as InMemoryServer);
    const seen = watch(client, storage);
    await pause(WRITTEN);
    players.add("Bob");
    io.emit("done");
    assert.deepEqual(seen, [["Ada", "Bob"]]);
    players.delete("Ada");
    delete io.data.players;
    io.emit("done");
    assert.deepEqual(seen.at(-1), []);
  });
}

test("what is scheduled, and cancelled, is there first, too", () => {
  const storage = new CountedStorage();
  const server = serve(storage, (io) => {
    io.on("connection", (socket) => {
      socket.on("schedule", () => {
        io.schedule.after(60_000, "round", { args: [1] });
        socket.emit("done");
      });
      socket.on("cancel", () => {
        io.schedule.cancel("round");
        socket.emit("done");
      });
    });
  });
  const client = server.connect();
  const seen: boolean[] = [];
  client.send = () => void seen.push(storage.get("state:t5:round") !== undefined);
  client.emit('42["schedule"]', '42["cancel"]');
  assert.deepEqual(seen, [true, false]);
});

test("a turn that changes nothing writes nothing; whoever is not strict writes behind it", async () => {
  for (const [options, isFirst] of [
    [STRICT, true],
    [{ data: { durability: "batched" } }, false],
    [{ data: {} }, false],
  ] as const) {
    const storage = new CountedStorage();
    const server = serve(
      storage,
      (io, players) => {
        io.on("connection", (socket) => {
          socket.on("look", () => void socket.emit("size", players.size));
          socket.on("play", () => {
            players.add("Ada");
            io.emit("done");
          });
        });
      },
      options,
    );
    const client = server.connect();
    await pause(WRITTEN);
    storage.writes.length = 0;
    client.emit('42["look"]');
    assert.deepEqual(storage.writes, []);
    client.emit('42["play"]');
    assert.deepEqual(storage.writes, isFirst ? [`put ${KEY}`] : []);
    await pause(WRITTEN);
    assert.deepEqual(storage.writes, [`put ${KEY}`]);
    assert.equal(server.io._sleep.isWaiting, false);
  }
});

test("what a replay writes is dropped, also if it asks a client something meanwhile", async () => {
  const storage = new CountedStorage();
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      io.data.players.add(socket.restored ? "a replay" : "Ada");
      io.data.count = (io.data.count ?? 0) + 1;
      // Asked again, for its answer is waited for.
      socket.emit("ready?", () => {});
      socket.on("look", () => {});
    });
  };
  const client = serve(storage, setup).connect();
  await pause(WRITTEN);
  storage.writes.length = 0;
  const sleeper = Object.assign(new InMemoryClient(), client);
  const woken = new InMemoryServer(setup, STRICT, [sleeper], storage);
  sleeper.emit('42["look"]');
  assert.match(String(sleeper.frames.at(-1)), /"ready\?"/);
  await pause(WRITTEN);
  assert.deepEqual(storage.writes, []);
  assert.deepEqual([...woken.io.data.players, woken.io.data.count], ["Ada", 1]);
});
