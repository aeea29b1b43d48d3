// What is known that a sleep would lose keeps the object awake, for as long as it is there.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { loses, make, SleepyServer, settle } from "../sleepy-server.ts";

type Bag = Record<string, unknown>;

class Player {
  score = 0;
  bump(): void {
    this.score += 1;
  }
}

const bag = (object: unknown): Bag => object as Bag;

/** By what an event does: what a sleep would lose of it. */
const LOSSES: Record<string, [(socket: Socket) => unknown, string]> = {
  "a listener": [(socket) => socket.on("answer", () => {}), 'socket.on("answer")'],
  "a listener for once": [(socket) => socket.once("answer", () => {}), 'socket.on("answer")'],
  "a listener in front": [
    (socket) => socket.prependListener("answer", () => {}),
    'socket.on("answer")',
  ],
  "a listener for everything": [(socket) => socket.onAny(() => {}), "socket.onAny()"],
  "a listener for all that goes out": [
    (socket) => socket.onAnyOutgoing(() => {}),
    "socket.onAnyOutgoing()",
  ],
  "a middleware": [(socket) => socket.use((_event, next) => next()), "socket.use()"],
  "a listener, later": [
    async (socket) => {
      await settle();
      socket.on("answer", () => {});
    },
    'socket.on("answer")',
  ],
  "an object of a class in data": [
    (socket) => {
      socket.data.player = new Player();
    },
    "socket.data.player",
  ],
  "a list of a class in data": [
    (socket) => {
      socket.data.deck = new (class extends Array {})();
    },
    "socket.data.deck",
  ],
  "a map of a class deep in data": [
    (socket) => {
      socket.data.games = [new (class extends Map {})()];
    },
    "socket.data.games",
  ],
  "what is under a symbol on the socket": [
    (socket) => Object.assign(socket, { [Symbol("user")]: "Ada" }),
    "socket[Symbol(user)]",
  ],
  "what is under a symbol in data": [
    (socket) => Object.assign(socket.data, { [Symbol("user")]: "Ada" }),
    "socket.data[Symbol(user)]",
  ],
  "what is hidden in data": [
    (socket) => Object.defineProperty(socket.data, "user", { value: "Ada" }),
    "socket.data[user]",
  ],
  "what is hidden deep in data": [
    (socket) => {
      socket.data.games = [{ rules: Object.defineProperty({}, "secret", { value: 1 }) }];
    },
    "socket.data.games…[secret]",
  ],
  "what is under a symbol in a map in data": [
    (socket) => {
      socket.data.games = new Map([["chess", { [Symbol("owner")]: "Ada" }]]);
    },
    "socket.data.games…[Symbol(owner)]",
  ],
  "an accessor in data": [
    (socket) => {
      socket.data.game = {
        moves: 1,
        get next() {
          return this.moves + 1;
        },
      };
    },
    "socket.data.game[next]",
  ],
  "what hangs on a map in data": [
    (socket) => {
      socket.data.players = Object.assign(new Map(), { owner: "Ada" });
    },
    "socket.data.players[owner]",
  ],
  "what hangs on an error in data": [
    (socket) => {
      socket.data.last = Object.assign(new Error("no"), { code: "ENOENT" });
    },
    "socket.data.last[code]",
  ],
  "data that is an object of a class": [
    (socket) => {
      socket.data = new Player();
    },
    "socket.data",
  ],
  "what is hidden on the socket": [
    (socket) => Object.defineProperty(socket, "user", { value: "Ada" }),
    "socket[user]",
  ],
  "an accessor on the socket": [
    (socket) => Object.defineProperty(socket, "now", { get: () => Date.now() }),
    "socket[now]",
  ],
  "what is hidden in a property of the socket": [
    (socket) => Object.assign(socket, { user: Object.defineProperty({}, "secret", { value: 1 }) }),
    "socket.user[secret]",
  ],
  "what is hidden on the request": [
    (socket) => Object.defineProperty(socket.request, "user", { value: "Ada" }),
    "socket.request[user]",
  ],
  "what is under a symbol in a property of the request": [
    (socket) => Object.assign(socket.request, { session: { [Symbol("store")]: 1 } }),
    "socket.request.session[Symbol(store)]",
  ],
  "what is hidden on the connection": [
    (socket) => Object.defineProperty(socket.conn, "user", { value: "Ada" }),
    "socket.conn[user]",
  ],
  "what is under a symbol on the client": [
    (socket) => Object.assign(socket.client, { [Symbol("user")]: "Ada" }),
    "socket.client[Symbol(user)]",
  ],
  "what is hidden in the handshake": [
    (socket) => Object.defineProperty(socket.handshake, "user", { value: "Ada" }),
    "socket.handshake[user]",
  ],
  "what is under a symbol in the client's auth": [
    (socket) => Object.assign(socket.handshake.auth, { [Symbol("user")]: "Ada" }),
    "socket.handshake.auth[Symbol(user)]",
  ],
  "an object of a class in the handshake": [
    (socket) => Object.assign(socket.handshake, { player: new Player() }),
    "socket.handshake.player",
  ],
  "a function deep in data": [
    (socket) => {
      socket.data.game = { rules: [{ check: () => true }] };
    },
    "socket.data.game",
  ],
  "an object of a class on the socket": [
    (socket) => Object.assign(socket, { player: new Player() }),
    "socket.player",
  ],
  "a function on the request": [
    (socket) => Object.assign(socket.request, { greet: () => "hello" }),
    "socket.request.greet",
  ],
  "an object of a class on the client": [
    (socket) => Object.assign(socket.client, { player: new Player() }),
    "socket.client.player",
  ],
};

for (const [what, [act, name]] of Object.entries(LOSSES)) {
  test(`an event that leaves ${what}: the object stays awake until the client is gone`, async (t) => {
    const made = await make(t, (socket) => {
      socket.on("act", () => act(socket) as undefined);
    });
    const { server, client, warnings, reasons } = made;
    client.emit('42["nothing"]');
    await loses(made, name);
    assert.ok(warnings[0]?.includes('hibernate: "always"'));
    const other = server.connect();
    await settle();
    other.emit('42["act"]');
    for (let i = 0; i < 3; i++) await settle();
    assert.deepEqual([reasons(), warnings.length], [[name, name], 1]);
    client.leave();
    other.leave();
    await settle();
    assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [[], false]);
  });
}

test("an event among many that leaves something under a symbol: it is found a moment later, and nothing sleeps meanwhile", async (t) => {
  // Looks are as far apart as time goes, which does not here by itself.
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  const pass = (): void => {
    for (let i = 0; i < 10; i++) t.mock.timers.tick(10);
  };
  const { server, client, warnings } = await make(t, (socket) => {
    socket.on("act", () => void Object.assign(socket, { [Symbol("user")]: "Ada" }));
  });
  const other = server.connect();
  await settle();
  for (let i = 0; i < 200; i++) client.emit('42["nothing"]');
  assert.equal(server.runtime.keeper.isWaiting, true);
  pass();
  assert.deepEqual([server.runtime.keeper.isWaiting, warnings.length], [false, 0]);
  for (let i = 0; i < 200; i++) other.emit('42["nothing"]');
  client.emit('42["act"]');
  other.emit('42["act"]');
  assert.deepEqual([server.runtime.keeper.isWaiting, warnings.length], [true, 0]);
  other.leave();
  pass();
  assert.deepEqual([server.runtime.keeper.isWaiting, warnings.length], [true, 1]);
  assert.match(warnings[0] ?? "", /socket\[Symbol\(user\)\] of socket .* would be lost/);
  client.leave();
  await settle();
  pass();
  assert.equal(server.runtime.keeper.isWaiting, false);
});

/** What is there again after a sleep, so that nothing is lost. */
const NO_LOSSES: Record<string, (socket: Socket) => unknown> = {
  "listeners of the connection listener": (socket) => socket.on("x", () => {}),
  "those behind its awaits": async (socket) => {
    await settle();
    socket.on("x", () => {}).onAny(() => {});
  },
  "functions and objects that the connection listener makes": (socket) => {
    Object.assign(socket, { greet: () => "hello", player: new Player() });
    socket.data.player = new Player();
    Object.assign(socket.request, { player: new Player() });
  },
  "a late listener that is gone": (socket) => {
    const listener = (): void => {};
    socket.on("late", () => {
      socket.on("x", listener);
      socket.off("x", listener);
      socket.onAny(listener);
      socket.offAny();
      socket.once("late", () => {});
      socket.removeAllListeners("late");
    });
  },
  "what the connection listener hides, and leaves as it is": (socket) => {
    Object.defineProperty(socket, "user", { value: { name: "Ada" } });
    Object.defineProperty(socket.data, "user", { get: () => "Ada" });
    Object.assign(socket.data, { game: { [Symbol("board")]: [1] } });
    Object.defineProperty(socket.request, "user", { value: "Ada" });
    Object.assign(socket.handshake, { player: new Player() });
  },
  "headers, and their methods": (socket) => {
    socket.on("late", () => {
      socket.data.agent = (socket.request.headers as unknown as Headers).get("user-agent");
      socket.handshake.headers["x-user"] = "Ada";
      Object.assign(socket.data, { query: { ...socket.handshake.query } });
    });
  },
  "data of every kind": (socket) => {
    socket.on("late", () => {
      socket.data = {
        map: new Map([[1, new Date()]]),
        bytes: new Uint8Array(2),
        plain: { a: [null] },
      };
      Object.assign(socket, { tags: new Set(["a"]) });
    });
  },
};

for (const [what, act] of Object.entries(NO_LOSSES)) {
  test(`no reason to stay awake: ${what}`, async (t) => {
    const { server, client, reasons } = await make(t, act);
    client.emit('42["late"]');
    for (let i = 0; i < 3; i++) await settle();
    assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [[], false]);
  });
}

test("an object that the connection listener makes, and that changes later, would lose that", async (t) => {
  const { client, reasons } = await make(t, (socket) => {
    bag(socket).player = new Player();
    socket.data.player = new Player();
    socket.on("bump", (name) =>
      ((name === "own" ? bag(socket) : socket.data).player as Player).bump(),
    );
  });
  client.emit('42["bump","own"]');
  assert.deepEqual(reasons(), ["socket.player"]);
  client.emit('42["bump","data"]');
  // That one gets its data when it is made again.
  assert.deepEqual(reasons(), ["socket.player"]);
});

test("what the connection listener hides, and an event changes, is lost", async (t) => {
  const { client, reasons } = await make(t, (socket) => {
    Object.defineProperty(socket, "score", { value: 0, writable: true });
    Object.defineProperty(socket.data, "score", { value: 0, writable: true });
    Object.defineProperty(socket, "list", { value: [] });
    socket.on("own", () => {
      bag(socket).score = 1;
    });
    socket.on("data", () => {
      socket.data.score = 1;
    });
    socket.on("inside", () => void (bag(socket).list as number[]).push(1));
  });
  assert.deepEqual(reasons(), []);
  client.emit('42["own"]');
  assert.deepEqual(reasons(), ["socket[score]"]);
  client.emit('42["data"]');
  assert.deepEqual(reasons(), ["socket[score]", "socket.data[score]"]);
  client.emit('42["inside"]');
  assert.deepEqual(reasons(), ["socket[score]", "socket.data[score]", "socket[list]"]);
});

test("several of one name are one reason, until the last of them is gone", async (t) => {
  const { client, reasons } = await make(t, (socket) => {
    socket.on("act", () => {
      const hiding = () => Object.defineProperty({}, "secret", { value: 1 });
      socket.data.list = [hiding(), hiding()];
    });
    socket.on("shift", () => void socket.data.list.shift());
  });
  client.emit('42["act"]');
  assert.deepEqual(reasons(), ["socket.data.list…[secret]"]);
  client.emit('42["shift"]');
  assert.deepEqual(reasons(), ["socket.data.list…[secret]"]);
  client.emit('42["shift"]');
  assert.deepEqual(reasons(), []);
});

test("a reason ends when what a sleep would lose is gone", async (t) => {
  const { server, client, reasons } = await make(t, (socket) => {
    socket.on("set", () => {
      socket.data.player = new Player();
    });
    socket.on("unset", () => {
      socket.data.player = { score: 0 };
    });
    socket.on("ask", () => {
      socket.once("answer", () => {});
    });
  });
  client.emit('42["set"]', '42["ask"]');
  assert.deepEqual(reasons().sort(), ["socket.data.player", 'socket.on("answer")']);
  client.emit('42["unset"]');
  assert.deepEqual(reasons(), ['socket.on("answer")']);
  client.emit('42["answer"]');
  assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [[], false]);
});

test("acknowledgements that are waited for are reasons like others", async (t) => {
  const { server, client, reasons } = await make(t, (socket) => {
    socket.emit("question", () => {});
  });
  assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [["acknowledgement 0"], true]);
  client.emit('430["answer"]');
  assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [[], false]);
});

test('"always": nothing is held, nothing is warned of, and it is all on the list', async (t) => {
  const act = (socket: Socket): void => {
    socket.on("late", () => {
      socket.on("x", () => {});
    });
  };
  const always = await make(t, act, { hibernate: "always" });
  always.client.emit('42["late"]');
  assert.deepEqual(
    [always.reasons(), always.server.runtime.keeper.isWaiting, always.warnings],
    [['socket.on("x")'], false, []],
  );
  const never = await make(t, act, { hibernate: false });
  never.client.emit('42["late"]');
  assert.deepEqual([never.reasons(), never.server.runtime.keeper.isWaiting], [[], false]);
});

test("after a sleep, what the replay adds is not late, and what comes behind it is", async (t) => {
  const setup = (io: Server): void => {
    io.on("connection", async (socket) => {
      await settle();
      socket.on("late", () => {
        socket.on("x", () => {});
      });
    });
  };
  t.mock.method(console, "warn", () => {});
  const before = new SleepyServer(setup);
  const client = before.connect();
  for (let i = 0; i < 3; i++) await settle();
  const woken = new SleepyServer(setup, {}, [client]);
  client.emit('42["nothing"]');
  for (let i = 0; i < 4; i++) await settle();
  assert.deepEqual(woken.io.awakeReasons, []);
  client.emit('42["late"]');
  await settle();
  assert.deepEqual(
    woken.io.awakeReasons.map(({ what }) => what),
    ['socket.on("x")'],
  );
  client.leave();
  await settle();
});

test("after a sleep, what setup adds to a socket is not late, and what the event of another adds is", async (t) => {
  const setup = (io: Server): void => {
    for (const socket of io.sockets.sockets.values()) socket.on("in setup", () => {});
    io.on("connection", (socket) => {
      socket.on("begin", () => {
        for (const other of io.sockets.sockets.values()) {
          if (other === socket || other.listenerCount("move") > 0) continue;
          other.on("move", () => {});
          other.onAny(() => {});
          other.conn.on("packet", () => {});
        }
      });
    });
  };
  t.mock.method(console, "warn", () => {});
  const before = new SleepyServer(setup);
  const clients = [before.connect(), before.connect()] as const;
  await settle();
  const woken = new SleepyServer(setup, {}, [...clients]);
  const reasons = (): string[] => woken.io.awakeReasons.map(({ what }) => what);
  assert.deepEqual(reasons(), []);
  clients[0].emit('42["begin"]');
  const late = ['socket.on("move")', "socket.onAny()", 'socket.conn.on("packet")'];
  assert.deepEqual(reasons(), late);
  // The replay of the other one does not add them.
  clients[1].emit('42["nothing"]');
  await settle();
  assert.deepEqual(reasons(), late);
  for (const client of clients) client.leave();
  await settle();
  assert.deepEqual(reasons(), []);
});

test("after a sleep, what the event of another puts on a socket is not what its replay makes again", async (t) => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      bag(socket).own = new Player();
      socket.on("begin", () => {
        for (const other of io.sockets.sockets.values()) {
          if (other === socket) continue;
          other.data.player = new Player();
          bag(other).player = new Player();
        }
      });
    });
  };
  t.mock.method(console, "warn", () => {});
  const before = new SleepyServer(setup);
  const clients = [before.connect(), before.connect()] as const;
  await settle();
  const woken = new SleepyServer(setup, {}, [...clients]);
  clients[0].emit('42["begin"]');
  await settle();
  clients[1].emit('42["nothing"]');
  await settle();
  assert.deepEqual(woken.io.awakeReasons.map(({ what }) => what).sort(), [
    "socket.data.player",
    "socket.player",
  ]);
  for (const client of clients) client.leave();
  await settle();
});

test("listeners that registersAgain() adds are no reason, until its promise settles; later ones are", async (t) => {
  const { client, reasons } = await make(t, (socket) => {
    const add = async (): Promise<void> => {
      socket.on("one", () => {});
      await settle();
      socket.use((_event, next) => next());
      socket.onAny(() => {});
    };
    socket.on("act", async () => {
      await socket.registersAgain(add);
      await settle();
      socket.on("late", () => {});
    });
  });
  client.emit('42["act"]');
  for (let i = 0; i < 6; i++) await settle();
  assert.deepEqual(reasons(), ['socket.on("late")']);
});

test("registersAgain() gives what the function gives, and ends with it, also if that throws", async (t) => {
  const results: unknown[] = [];
  const { client, reasons } = await make(t, (socket) => {
    socket.on("act", () => {
      results.push(socket.registersAgain(() => "result"));
      assert.throws(() => {
        socket.registersAgain(() => {
          socket.on("one", () => {});
          throw new Error("mine");
        });
      }, /mine/);
      socket.on("late", () => {});
    });
  });
  client.emit('42["act"]');
  await settle();
  assert.deepEqual([results, reasons()], [["result"], ['socket.on("late")']]);
});

test("what middlewares make is no loss while they are still at work", async (t) => {
  const made = await make(
    t,
    () => {},
    {},
    (io) => {
      io.use(async (socket, next) => {
        Object.assign(socket, {
          player: new Player(),
        });
        Object.assign(socket.request, { session: { save: () => {} } });
        // The turn ends, and everything is looked at.
        await settle();
        next();
      });
    },
  );
  assert.deepEqual([made.warnings, made.reasons(), made.server.errors], [[], [], []]);
});
