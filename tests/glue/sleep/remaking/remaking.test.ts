// Middlewares run again after a sleep where they left what cannot be kept, and nowhere else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { refill } from "../../../../glue/sleep/values/refill.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

type Bag = Record<string, unknown>;
type Middleware = (socket: Socket, next: (error?: Error) => void) => unknown;

class Session {
  visits = 0;

  save(): string {
    return `saved ${this.visits}`;
  }
}

interface Slept {
  server: InMemoryServer;
  client: InMemoryClient;
  /** How often the middleware has run. */
  runs: number;
  socket: Socket;
}

/** A client, a sleep, an event; `answer`: what that one is answered with. */
async function sleepWith(
  middleware: Middleware,
  listener: (socket: Socket) => unknown = () => {},
): Promise<Slept> {
  const slept: Partial<Slept> & { runs: number } = { runs: 0 };
  const setup = (io: Server): void => {
    io.use((socket, next) => {
      slept.runs += 1;
      return middleware(socket, next) as undefined;
    });
    io.on("connection", (socket) => {
      slept.socket = socket;
      socket.on("wake", (ack) => ack("awake"));
      return listener(socket) as undefined;
    });
  };
  const before = new InMemoryServer(setup);
  const client = before.connect();
  for (let i = 0; i < 3; i++) await settle();
  const server = new InMemoryServer(setup, {}, [client]);
  client.take();
  client.emit('420["wake"]');
  for (let i = 0; i < 5; i++) await settle();
  return { ...slept, server, client } as Slept;
}

const KEPT: Record<string, Middleware> = {
  nothing: (_socket, next) => next(),
  data: (socket, next) => {
    socket.data.user = { id: 7, roles: new Set(["admin"]) };
    next();
  },
  "properties that are data": (socket, next) => {
    Object.assign(socket, { username: "Ada" });
    Object.assign(socket.request, { user: { id: 7, since: new Date() } });
    next();
  },
  "data, later": async (socket, next) => {
    await settle();
    Object.assign(socket.request, { user: [new Uint8Array(2)] });
    next();
  },
};

for (const [what, middleware] of Object.entries(KEPT)) {
  test(`a middleware that left ${what} does not run again`, async () => {
    const { runs, client } = await sleepWith(middleware);
    assert.deepEqual([runs, client.take()], [1, ['430["awake"]']]);
  });
}

const LEFT: Record<string, [Middleware, (socket: Socket) => unknown]> = {
  "a listener": [
    (socket, next) => {
      socket.on("x", () => {});
      next();
    },
    (socket) => socket.listenerCount("x") === 1,
  ],
  "a listener for everything": [
    (socket, next) => {
      socket.onAny(() => {});
      next();
    },
    (socket) => socket.listenersAny().length === 1,
  ],
  "a listener of the connection": [
    (socket, next) => {
      socket.conn.on("packet", () => {});
      next();
    },
    (socket) => socket.conn.listenerCount("packet") === 1,
  ],
  "an object of a class on the request": [
    (socket, next) => {
      (socket.request as unknown as Bag).session ??= new Session();
      next();
    },
    (socket) => ((socket.request as unknown as Bag).session as Session).save() === "saved 0",
  ],
  "a function on the client, later": [
    async (socket, next) => {
      await settle();
      (socket.client as unknown as Bag).greet = () => "hello";
      next();
    },
    (socket) => ((socket.client as unknown as Bag).greet as () => string)() === "hello",
  ],
  "an object of a class on the socket": [
    (socket, next) => {
      Object.assign(socket, { session: new Session() });
      next();
    },
    (socket) => ((socket as unknown as Bag).session as Session).save() === "saved 0",
  ],
};

for (const [what, [middleware, isThere]] of Object.entries(LEFT)) {
  test(`a middleware that left ${what} runs again, before the connection listener`, async () => {
    let wasThere: unknown;
    const slept = await sleepWith(middleware, (socket) => {
      wasThere = isThere(socket);
    });
    assert.deepEqual([slept.runs, wasThere, isThere(slept.socket)], [2, true, true]);
    assert.deepEqual(slept.client.take(), ['430["awake"]']);
    assert.deepEqual(slept.server.errors, []);
  });
}

for (const [how, refuse] of Object.entries({
  refuses: (next: (error?: Error) => void) => next(new Error("the token is used up")),
  throws: () => {
    throw new Error("the token is used up");
  },
  rejects: async () => {
    await settle();
    throw new Error("the token is used up");
  },
})) {
  test(`a middleware that ${how} in a replay: the socket stays, others run, and one line says so`, async () => {
    let tokens = 1;
    const { server, client, socket } = await sleepWith((socket, next) => {
      socket.on("x", () => {});
      if (tokens-- > 0) next();
      else return refuse(next);
    });
    assert.deepEqual(client.take(), ['430["awake"]']);
    assert.equal(socket.listenerCount("x"), 1);
    assert.equal(server.errors.length, 1);
    assert.match(server.errors[0]?.where ?? "", /middleware after a sleep: the socket stays/);
  });
}

/** Awake, none of these does anything to a socket that is only coming. */
const NOT_YET: Record<string, (socket: Socket) => unknown> = {
  "disconnects its socket": (socket) => socket.disconnect(),
  "disconnects its socket and its client": (socket) => socket.disconnect(true),
  "disconnects its socket later": async (socket) => {
    await settle();
    socket.disconnect(true);
  },
  "disconnects its socket's room": (socket) => socket.nsp.in(socket.id).disconnectSockets(true),
  "disconnects all it finds": async (socket) => {
    for (const other of await socket.nsp.fetchSockets()) other.disconnect();
  },
};
for (const [what, disconnect] of Object.entries(NOT_YET)) {
  test(`a middleware that ${what}, and calls next, does so in a replay, too: nothing happens`, async () => {
    const { server, client, socket } = await sleepWith(async (socket, next) => {
      socket.on("x", () => {});
      await disconnect(socket);
      next();
    });
    assert.deepEqual(
      [client.closed, client.take(), server.errors],
      [undefined, ['430["awake"]'], []],
    );
    assert.equal(socket.connected, true);
  });
}

test("a middleware that closes the connection in a replay has its client closed, and one line says so", async () => {
  const { server, client } = await sleepWith((socket, next) => {
    socket.on("x", () => {});
    if (socket.restored) socket.conn.close();
    next();
  });
  assert.equal(client.closed?.code, 1012);
  assert.equal(server.errors.length, 1);
});

test("what a middleware does to clients, rooms and data in a replay is dropped", async () => {
  const { socket, client } = await sleepWith((socket, next) => {
    socket.on("x", () => {});
    socket.data.runs = (socket.data.runs ?? 0) + 1;
    socket.join(`room ${socket.data.runs}`);
    if (socket.restored) socket.emit("again");
    next();
  });
  assert.deepEqual(client.take(), ['430["awake"]']);
  assert.deepEqual([...socket.rooms], [socket.id, "room 1"].sort(() => 0).reverse());
  assert.deepEqual(socket.data, { runs: 1 });
});

test("a middleware that does not come to its end: the client is closed and comes back", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let isFirst = true;
  const { client, server } = await sleepWith((socket, next) => {
    socket.on("x", () => {});
    if (isFirst) next();
    isFirst = false;
  });
  assert.deepEqual([client.take(), client.closed], [[], undefined]);
  t.mock.timers.tick(5_000);
  for (let i = 0; i < 3; i++) await settle();
  assert.equal(client.closed?.code, 1012);
  assert.match(String(server.errors[0]?.error), /middlewares have not settled within 5000 ms/);
});

test("an object of a class in data that the connection listener makes has its methods, and its data", async () => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.data.session = new Session();
      socket.on("visit", (ack) => {
        socket.data.session.visits += 1;
        ack(socket.data.session.save());
      });
    });
  };
  const before = new InMemoryServer(setup);
  const client = before.connect();
  await settle();
  client.take();
  client.emit('420["visit"]');
  const woken = new InMemoryServer(setup, {}, [client]);
  client.emit('421["visit"]');
  await settle();
  assert.deepEqual(client.take(), ['430["saved 1"]', '431["saved 2"]']);
  assert.deepEqual([woken.errors, woken.io.awakeReasons], [[], []]);
});

test("data go into what was made again, object by object; methods and functions stay", () => {
  const made = Object.assign(new Session(), { inner: { keep: () => 1, n: 0 }, extra: 5 });
  const { inner } = made;
  const result = refill(made, { visits: 3, inner: { n: 2 } });
  assert.equal(result, made);
  assert.deepEqual(
    [made.save(), made.inner === inner, inner.n, inner.keep()],
    ["saved 3", true, 2, 1],
  );
  assert.equal("extra" in made, false);
  const date = new Date(5);
  assert.equal(refill(date, { n: 1 }), date);
  assert.deepEqual(refill(undefined, { n: 1 }), { n: 1 });
});

test("an id that a middleware gave stays, although the middleware would give another now", async () => {
  let given = 0;
  const { server, client, runs, socket } = await sleepWith((socket, next) => {
    socket.id = `user-${++given}`;
    socket.on("left", () => {});
    next();
  });
  assert.deepEqual([runs, socket.id], [2, "user-1"]);
  server.io.to("user-1").emit("hello");
  assert.ok(client.take().includes('42["hello"]'));
});

/** What code makes only where it is missing: after a sleep a part of it is there. */
const HOLDERS: Record<string, (socket: Socket) => unknown> = {
  "socket.data": (socket) => socket.data,
  "socket.handshake": (socket) => socket.handshake,
  "socket.request": (socket) => socket.request,
  "socket.conn": (socket) => socket.conn,
  "socket.client": (socket) => socket.client,
};

for (const [name, holderOf] of Object.entries(HOLDERS)) {
  for (const isMiddleware of [false, true]) {
    const who = isMiddleware ? "a middleware" : "the connection listener";
    test(`${who} makes an object again that it makes only where it is missing: ${name}`, async () => {
      const make = (socket: Socket): void => {
        (holderOf(socket) as Bag).session ??= new Session();
      };
      const setup = (io: Server): void => {
        io.use((socket, next) => {
          if (isMiddleware) make(socket);
          next();
        });
        io.on("connection", (socket) => {
          if (!isMiddleware) make(socket);
          socket.on("visit", (answer) => {
            const { session } = holderOf(socket) as { session: Session };
            session.visits += 1;
            answer(session.save());
          });
        });
      };
      const before = new InMemoryServer(setup);
      const client = before.connect();
      await settle();
      client.take();
      client.emit('420["visit"]');
      assert.deepEqual(before.io.awakeReasons, []);
      // A wake in which others have the socket, which is kept, and nobody needs its listeners; then two with an event.
      const idle = new InMemoryServer(setup, {}, [client]);
      assert.equal([...idle.io.sockets.sockets.values()].length, 1);
      idle.io.socketsJoin("room");
      await settle();
      const woken = new InMemoryServer(setup, {}, [client]);
      client.emit('421["visit"]');
      await settle();
      const again = new InMemoryServer(setup, {}, [client]);
      client.emit('422["visit"]');
      await settle();
      assert.deepEqual(client.take(), ['430["saved 1"]', '431["saved 2"]', '432["saved 3"]']);
      assert.deepEqual([woken.errors, again.errors, again.io.awakeReasons], [[], [], []]);
    });
  }
}

test("what is made for new clients alone is told of once, and the data of it are there", async () => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      if (!socket.restored) socket.data.session = new Session();
      socket.on("visits", (answer) => answer(socket.data.session.visits));
    });
  };
  const before = new InMemoryServer(setup);
  const clients = [before.connect(), before.connect()];
  await settle();
  const woken = new InMemoryServer(setup, {}, clients);
  for (const client of clients) {
    client.take();
    client.emit('420["visits"]');
    assert.deepEqual(client.take(), ["430[0]"]);
  }
  assert.equal(woken.errors.length, 1);
  assert.match(
    String(woken.errors[0]?.error),
    /socket\.data\.session of socket .* and not made again after a sleep/,
  );
});

test("what an event has put into data is there in a replay, though it is only a part of it", async () => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      if (socket.data.session) socket.on("visits", (answer) => answer(socket.data.session.visits));
      socket.on("begin", () => {
        socket.data.session = new Session();
      });
    });
  };
  const before = new InMemoryServer(setup, { hibernate: "always" });
  const client = before.connect();
  await settle();
  client.emit('42["begin"]');
  client.take();
  new InMemoryServer(setup, { hibernate: "always" }, [client]);
  client.emit('420["visits"]');
  assert.deepEqual(client.take(), ["430[0]"]);
});

test("what an event has put on its socket is not made again by what registersAgain calls", async () => {
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      Object.assign(socket, { first: new Session() });
      socket.on("put", () => Object.assign(socket, { second: new Session() }));
      socket.on("again", () => {
        socket.registersAgain(() => Object.assign(socket, { third: new Session() }));
      });
    });
  });
  const client = server.connect();
  await settle();
  for (const packet of ['42["put"]', '42["again"]']) {
    client.emit(packet);
    for (let i = 0; i < 5; i++) await settle();
    const reasons = server.io.awakeReasons.map(({ what }) => what);
    assert.deepEqual(reasons, ["socket.second"], packet);
  }
});

for (const isMiddleware of [false, true]) {
  const who = isMiddleware ? "a middleware" : "the connection listener";
  test(`a plain object with methods that ${who} puts into data is there again, with others of its methods inside`, async () => {
    const make = (socket: Socket): void => {
      socket.data.user = { id: 1, can: (what: string) => what === "read" };
      socket.data.app = { name: "chat", log: { level: 2, write: (text: string) => text.length } };
    };
    const setup = (io: Server): void => {
      io.use((socket, next) => {
        if (isMiddleware) make(socket);
        next();
      });
      io.on("connection", (socket) => {
        if (!isMiddleware) make(socket);
        socket.on("can", (what, answer) => {
          const { user, app } = socket.data;
          answer([user.can(what), user.id, app.log.write("four"), app.log.level]);
        });
      });
    };
    const before = new InMemoryServer(setup);
    const client = before.connect();
    await settle();
    client.take();
    client.emit('420["can","read"]');
    new InMemoryServer(setup, {}, [client]);
    client.emit('421["can","read"]');
    await settle();
    assert.deepEqual(client.take(), ["430[[true,1,4,2]]", "431[[true,1,4,2]]"]);
  });
}
