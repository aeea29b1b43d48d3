// Before the object may sleep everything is looked at once more, whoever has changed it, and whatever that costs others.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { MemoryStorage } from "../../../../durable-objects/shared/storage/memory-storage.ts";
import { Sweep } from "../../../../glue/sleep/changes/sweep.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";
import { WakefulServer } from "../sleepy-server.ts";

type Bag = Record<string, unknown>;
const bag = (object: unknown): Bag => object as Bag;

/** A server whose timers are the test's, so that nothing depends on how busy the machine is. */
function makeServer(t: TestContext, setup: (io: Server) => void): InMemoryServer {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  t.mock.method(console, "warn", () => {});
  const server = new InMemoryServer(setup);
  t.after(() => server.io._sleep.reasons.clear());
  return server;
}

/** So many milliseconds, one by one: a timer may set another. */
function pass(t: TestContext, milliseconds: number): void {
  for (let i = 0; i < milliseconds; i++) t.mock.timers.tick(1);
}

/** What a sleep would bring back now. */
function asleep(client: InMemoryClient): InMemoryServer {
  return new InMemoryServer(() => {}, {}, [Object.assign(new InMemoryClient(), client)]);
}

function socketOf({ io }: InMemoryServer): Socket {
  const [socket] = io.sockets.sockets.values();
  return socket as Socket;
}

/** What another client's event changes, and what of it is there after a sleep. */
const CHANGES: Record<
  string,
  [change: (socket: Socket, io: Server) => unknown, read: (socket: Socket) => unknown]
> = {
  "a property of the socket": [
    (socket) => Object.assign(socket, { name: "Ada" }),
    (socket) => bag(socket).name,
  ],
  "what is inside of a property of the socket": [
    (socket) => {
      const own = bag(socket);
      own.list ??= [];
      (own.list as string[]).push("Ada");
    },
    (socket) => (bag(socket).list as string[])[0],
  ],
  "socket.data": [
    (socket) => {
      socket.data.name = "Ada";
    },
    (socket) => socket.data.name,
  ],
  "the request": [
    (socket) => Object.assign(socket.request, { name: "Ada" }),
    (socket) => bag(socket.request).name,
  ],
  "a header": [
    (socket) => {
      socket.request.headers["x-name"] = "Ada";
    },
    (socket) => socket.handshake.headers["x-name"],
  ],
  "the handshake": [
    (socket) => Object.assign(socket.handshake, { name: "Ada" }),
    (socket) => bag(socket.handshake).name,
  ],
  "the client's auth": [
    (socket) => {
      socket.handshake.auth.name = "Ada";
    },
    (socket) => socket.handshake.auth.name,
  ],
  "the client": [
    (socket) => Object.assign(socket.client, { name: "Ada" }),
    (socket) => bag(socket.client).name,
  ],
  "the connection": [
    (socket) => Object.assign(socket.conn, { name: "Ada" }),
    (socket) => bag(socket.conn).name,
  ],
  "the connection, of io.engine": [
    (socket, io) => Object.assign(io.engine.clients[socket.conn.id] as object, { name: "Ada" }),
    (socket) => bag(socket.conn).name,
  ],
};

for (const [what, [change, read]] of Object.entries(CHANGES)) {
  for (const count of [2, 400]) {
    test(`what another client's event changes is kept: ${what}, of ${count} clients`, (t) => {
      const server = makeServer(t, (io) => {
        const sockets: Socket[] = [];
        io.on("connection", (socket) => {
          sockets.push(socket);
          socket.on("change", () => {
            const [first] = sockets;
            if (socket !== first && first !== undefined) change(first, io);
          });
        });
      });
      const clients = Array.from({ length: count }, () => server.connect());
      pass(t, 2_000);
      assert.equal(server.runtime.keeper.isWaiting, false);
      clients.at(-1)?.emit('42["change"]');
      // With two it is kept with the turn; with more it is soon, and the object stays awake until then.
      assert.equal(server.runtime.keeper.isWaiting, count > 2);
      pass(t, 100);
      assert.equal(server.runtime.keeper.isWaiting, false);
      const [first] = clients as [InMemoryClient];
      assert.equal(read(socketOf(asleep(first))), "Ada");
    });
  }
}

test("what another client's event hides on a socket keeps the object awake", (t) => {
  const server = makeServer(t, (io) => {
    io.on("connection", (socket) => {
      socket.on("hide", () => {
        const [first] = io.sockets.sockets.values();
        if (first !== undefined) Object.defineProperty(first, "user", { value: "Ada" });
      });
    });
  });
  const clients = [server.connect(), server.connect()] as const;
  clients[1].emit('42["hide"]');
  assert.deepEqual(
    server.io._sleep.reasons.list.map(({ what, whose }) => [what, whose]),
    [["socket[user]", socketOf(server)._describe()]],
  );
});

test("a connection that has no socket is looked at, too", (t) => {
  const server = makeServer(t, (io) => {
    io.on("connection", (socket) => {
      socket.on("mark", () => {
        for (const conn of Object.values(io.engine.clients)) bag(conn).mark = 1;
      });
    });
  });
  const [sleeper, other] = [server.connect(), server.connect()];
  const woken = new InMemoryServer(
    (io) => {
      io.on("connection", (socket) => {
        socket.on("mark", () => {
          for (const conn of Object.values(io.engine.clients)) bag(conn).mark = 1;
        });
      });
    },
    {},
    [sleeper, other],
  );
  other.emit('42["mark"]');
  assert.equal(
    woken.io._sessions.peek(woken.runtime.sessionsOf(sleeper.connection)[0] as number),
    undefined,
  );
  assert.equal(bag(socketOf(asleep(sleeper)).conn).mark, 1);
});

/** Counts how often it was begun to look at everything, and how many sockets were looked at. */
function countLooks(server: InMemoryServer): { begun: number; sockets: number } {
  const { changes } = server.io._sleep;
  const { states } = changes;
  const looks = { begun: 0, sockets: 0 };
  changes.states = function* () {
    looks.begun += 1;
    for (const state of states()) {
      looks.sockets += 1;
      yield state;
    }
  };
  return looks;
}

/** 300 clients, at rest. */
function makeCrowd(t: TestContext) {
  const server = makeServer(t, (io) => {
    io.on("connection", (socket) => void socket.on("nothing", () => {}));
  });
  const clients = Array.from({ length: 300 }, () => server.connect());
  pass(t, 2_000);
  const looks = countLooks(server);
  return { server, clients, looks };
}

test("while one event follows the other, everything is looked at seldom, and once behind the last", (t) => {
  const { server, clients, looks } = makeCrowd(t);
  const timers = t.mock.method(globalThis, "setTimeout");
  for (let time = 0; time < 12_000; time += 10) {
    clients[(time / 10) % 300]?.emit('42["nothing"]');
    pass(t, 10);
  }
  const { begun: busy } = looks;
  assert.equal(busy, 2, `${busy} looks in twelve seconds`);
  // Five a second.
  const asked = timers.mock.callCount();
  assert.ok(asked >= 50 && asked <= 80, `asked ${asked} times whether it is quiet`);
  pass(t, 400);
  assert.equal(looks.begun, busy + 1);
  assert.equal(server.runtime.keeper.isWaiting, false);
});

test("after a short busy time everything is looked at about as long after it", (t) => {
  const { server, clients, looks } = makeCrowd(t);
  for (let time = 0; time < 60; time += 5) {
    clients[time]?.emit('42["nothing"]');
    pass(t, 5);
  }
  assert.equal(looks.begun, 0);
  pass(t, 120);
  assert.equal(looks.begun, 1);
  assert.equal(server.runtime.keeper.isWaiting, false);
});

test("what changes while everything is being looked at is looked at once more", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  let looks = 0;
  let left = 0;
  const sweep = new Sweep({
    now: () => Date.now(),
    *everything() {
      looks += 1;
      for (left = 20_000; left > 0; left--) yield 1;
    },
    onPause() {},
  });
  sweep.noteTurn();
  let isUnderWay = false;
  // Behind the timer that is set, and before the one that it sets.
  setTimeout(() => {
    isUnderWay = looks === 1 && left > 0;
    sweep.noteTurn();
  }, 20);
  pass(t, 1_000);
  assert.deepEqual([isUnderWay, looks, left, sweep.isWaiting], [true, 2, 0, false]);
});

test("the more there is to look at, the longer is the pause; others may run in between", (t) => {
  const server = makeServer(t, (io) => {
    io.on("connection", (socket) => {
      socket.data.list = Array.from({ length: 40 }, () => ({}));
      socket.on("nothing", () => {});
    });
  });
  const clients = Array.from({ length: 100 }, () => server.connect());
  pass(t, 2_000);
  const looks = countLooks(server);
  clients[0]?.emit('42["nothing"]');
  // 100 sockets with more than 40 objects each: more than 80 milliseconds.
  pass(t, 75);
  assert.equal(looks.begun, 0);
  // What was looked at is saved with each step.
  const saves = t.mock.method(server.runtime._core, "pollChanged");
  pass(t, 100);
  assert.equal(looks.begun, 1);
  assert.ok(saves.mock.callCount() >= 4, `${saves.mock.callCount()} steps`);
  assert.equal(looks.sockets, 100);
  assert.equal(server.runtime.keeper.isWaiting, false);
});

test("what a replay writes is not kept while it runs", async (t) => {
  const waiting: (() => void)[] = [];
  const setup = (io: Server): void => {
    io.on("connection", async (socket) => {
      bag(socket).count = 0;
      if (socket.restored) await new Promise<void>((resolve) => waiting.push(resolve));
      socket.on("count", () => {
        bag(socket).count = (bag(socket).count as number) + 1;
      });
    });
  };
  const server = makeServer(t, setup);
  const [client, other] = [server.connect(), server.connect()];
  for (let i = 0; i < 5; i++) await Promise.resolve();
  client.emit('42["count"]');
  const woken = new InMemoryServer(setup, {}, [client, other]);
  client.emit('42["count"]');
  other.emit('42["count"]');
  assert.equal(bag(socketOf(asleep(client))).count, 1);
  assert.equal(waiting.length, 2);
  for (const run of waiting) run();
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assert.equal(bag(socketOf(asleep(client))).count, 2);
  assert.deepEqual(woken.errors, []);
});

test("what a connection listener writes to the handshake is undone in a replay; accessors that it makes stay", (t) => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      const handshake = bag(socket.handshake);
      handshake.count = 0;
      Object.defineProperty(socket, "now", {
        get: () => "now",
        enumerable: true,
        configurable: true,
      });
      socket.on("count", (answer) => {
        handshake.count = (handshake.count as number) + 1;
        answer([bag(socket.handshake).count, bag(socket).now]);
      });
    });
  };
  const server = makeServer(t, setup);
  const client = server.connect();
  client.emit('420["count"]');
  const woken = new InMemoryServer(setup, {}, [client]);
  client.take();
  client.emit('421["count"]');
  assert.deepEqual([client.take(), woken.errors], [['431[[2,"now"]]'], []]);
});

test("middlewares that hide something run again", async (t) => {
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const setup = (io: Server): void => {
    io.use((socket, next) => {
      Object.defineProperty(socket, "user", { value: "Ada" });
      next();
    });
    io.use((socket, next) => {
      Object.assign(socket.handshake, { session: { save: () => "saved" } });
      next();
    });
    io.on("connection", (socket) => {
      socket.on("who", (answer) => {
        const { session } = bag(socket.handshake) as { session: { save?: () => string } };
        answer([bag(socket).user, session.save?.()]);
      });
    });
  };
  const server = makeServer(t, setup);
  const client = server.connect();
  await settle();
  new InMemoryServer(setup, {}, [client]);
  client.take();
  client.emit('420["who"]');
  await settle();
  assert.deepEqual(client.take(), ['430[["Ada","saved"]]']);
});

test("what is hidden in io.data keeps the object awake, whichever turn put it there", (t) => {
  t.mock.method(console, "warn", () => {});
  const setup = (io: Server): void => {
    io.data.list = [];
    const { list } = io.data;
    io.of("/chat").data.game = {};
    const { game } = io.of("/chat").data;
    io.on("connection", (socket) => {
      socket.on("hide", () => {
        list.push(Object.defineProperty({}, "secret", { value: 1 }));
        game[Symbol("owner")] = "Ada";
      });
      socket.on("show", () => {
        list.pop();
        delete game[Object.getOwnPropertySymbols(game)[0] as symbol];
      });
    });
  };
  const server = new InMemoryServer(setup, {}, [], new MemoryStorage());
  t.after(() => server.io._sleep.state?.retire(() => () => {}));
  const client = server.connect();
  const reasons = () => server.io._sleep.reasons.list.map(({ what, kind }) => [what, kind]);
  client.emit('42["hide"]');
  assert.deepEqual(reasons(), [
    ["io.data.list…[secret]", "data"],
    ['io.of("/chat").data.game[Symbol(owner)]', "data"],
  ]);
  client.emit('42["show"]');
  assert.deepEqual(reasons(), []);
});

test("where nothing is kept no timer is set; a sleep that is asked for tells what it loses", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const told: string[] = [];
  const server = new WakefulServer((io) => {
    io.on("connection", (socket) => {
      socket.on("hide", () => void Object.defineProperty(socket.data, "user", { value: "Ada" }));
    });
  });
  server.debug = (_scope, message) => told.push(message);
  const looks = countLooks(server);
  const client = server.connect();
  client.emit('42["hide"]');
  assert.deepEqual([looks.begun, server.io._sleep.changes.isWaiting], [0, false]);
  server.runtime.putToSleep();
  const expected = /^socket\.data\[user\] of socket .* would be lost by a sleep: a sleep loses it$/;
  assert.equal(told.filter((line) => expected.test(line)).length, 1);
});
