// Listeners and adapters that others than sockets get later than in setup keep the object awake.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Adapter as ForeignAdapter } from "socket.io-adapter";
import { MemoryStorage } from "../../../../durable-objects/shared/storage/memory-storage.ts";
import { Adapter as OwnAdapter } from "../../../../glue/adapter/rooms/adapter.ts";
import { MOST_REMOVED } from "../../../../glue/sleep/replay/removed-listeners.ts";
import type { AdapterConstructor } from "../../../../glue/socket.io/server/options.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { loses, make, SleepyServer, settle } from "../sleepy-server.ts";

/** What is added to whom, other than a socket, later than the code that runs again after a sleep. */
const LATE: Record<string, [(io: Server, socket: Socket) => unknown, string]> = {
  "a listener of io": [(io) => io.on("connection", () => {}), 'io.on("connection")'],
  "a listener of io, for once": [
    (io) => io.once("new_namespace", () => {}),
    'io.on("new_namespace")',
  ],
  "a middleware of io": [(io) => io.use((_socket, next) => next()), "io.use()"],
  "a listener of a namespace": [
    (io) => io.of("/chat").on("connection", () => {}),
    'io.of("/chat").on("connection")',
  ],
  "a middleware of a namespace": [
    (io) => io.of("/chat").use((_socket, next) => next()),
    'io.of("/chat").use()',
  ],
  "a listener of io, later": [
    async (io) => {
      await settle();
      io.on("new_namespace", () => {});
    },
    'io.on("new_namespace")',
  ],
  "a namespace": [(io) => io.of("/late"), 'io.of("/late")'],
  "namespaces by a pattern": [(io) => io.of(/^\/late-/), "io.of(…)"],
  "a listener of the engine": [
    (io) => io.engine.on("connection_error", () => {}),
    'io.engine.on("connection_error")',
  ],
  "a middleware of the engine": [
    (io) => io.engine.use((_request, _response, next) => next()),
    "io.engine.use()",
  ],
  "a listener of an adapter": [
    (io) => io.of("/chat").adapter.on("join-room", () => {}),
    'io.of("/chat").adapter.on("join-room")',
  ],
  "a listener of the connection": [
    (_io, { conn }) => conn.on("packet", () => {}),
    'socket.conn.on("packet")',
  ],
  "a listener of the connection, by the client": [
    (_io, { client }) => client.conn.once("close", () => {}),
    'socket.conn.on("close")',
  ],
};

for (const [what, [act, name]] of Object.entries(LATE)) {
  test(`an event that adds ${what}: the object stays awake while somebody is connected`, async (t) => {
    const made = await make(
      t,
      (socket) => {
        socket.on("act", () => act(made.server.io, socket) as undefined);
      },
      {},
      (io) => void io.of("/chat"),
    );
    await loses(made, name);
    const { server, client, reasons } = made;
    client.leave();
    await settle();
    assert.equal(server.runtime.keeper.isWaiting, false, "nobody is there who would miss it");
    const other = server.connect();
    await settle();
    const isOfServer = !name.startsWith("socket.");
    assert.deepEqual(
      [reasons().length === 1, server.runtime.keeper.isWaiting],
      [isOfServer, isOfServer],
    );
    other.leave();
  });
}

const hear = (): void => {};

/** What setup, or the connection listener, registers, and an event takes off: it would be there again. */
const REMOVED: Record<
  string,
  [(io: Server) => unknown, (io: Server, socket: Socket) => unknown, string]
> = {
  "a listener of io": [
    (io) => io.on("connection", hear),
    (io) => io.off("connection", hear),
    'io.off("connection")',
  ],
  "a listener of io for once, by firing": [
    (io) => io.once("new_namespace", hear),
    (io) => io.sockets._emitArray(["new_namespace", io.sockets]),
    'io.off("new_namespace")',
  ],
  "all listeners of a namespace": [
    (io) => io.of("/chat").on("connection", hear).on("connection", hear),
    (io) => io.of("/chat").removeAllListeners(),
    'io.of("/chat").off("connection")',
  ],
  "a listener of the engine": [
    (io) => io.engine.on("connection_error", hear),
    (io) => io.engine.off("connection_error", hear),
    'io.engine.off("connection_error")',
  ],
  "a listener of an adapter": [
    (io) => io.of("/chat").adapter.on("join-room", hear),
    (io) => io.of("/chat").adapter.removeListener("join-room", hear),
    'io.of("/chat").adapter.off("join-room")',
  ],
  "a listener of the connection": [
    (io) => io.on("connection", ({ conn }) => void conn.on("packet", hear)),
    (_io, { conn }) => conn.off("packet", hear),
    'socket.conn.off("packet")',
  ],
  "a listener under a symbol": [
    (io) => io.on("connection", (socket) => void socket.on(Symbol.iterator as never, hear)),
    (_io, socket) => socket.removeAllListeners(Symbol.iterator),
    'socket.off("Symbol(Symbol.iterator)")',
  ],
  "listeners of names that are too long": [
    (io) => io.on("connection", (socket) => void socket.on("x".repeat(MOST_REMOVED), hear)),
    (_io, socket) => socket.off("x".repeat(MOST_REMOVED), hear),
    `socket.off("${"x".repeat(MOST_REMOVED)}")`,
  ],
};

for (const [what, [prepare, act, name]] of Object.entries(REMOVED)) {
  test(`an event that removes ${what}: the object stays awake while somebody is connected`, async (t) => {
    const { server, client, warnings, reasons } = await make(
      t,
      (socket) => {
        socket.on("act", () => act(server.io, socket) as undefined);
      },
      {},
      prepare,
    );
    assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [[], false]);
    client.emit('42["act"]');
    await settle();
    assert.equal(server.runtime.keeper.isHeld, true);
    assert.deepEqual(reasons(), [name]);
    assert.ok(warnings[0]?.includes("let it ask"));
    client.leave();
    await settle();
    assert.equal(server.runtime.keeper.isWaiting, false, "nobody is there who would miss it");
  });
}

test("what is removed of a connection that happens once, and what registersAgain removes, is no reason", async (t) => {
  const { server, client, reasons } = await make(
    t,
    (socket) => {
      socket.conn.once("upgrade", hear);
      socket.conn.on("close", hear);
      socket.on("act", () => {
        socket.conn.emit("upgrade");
        socket.conn.off("close", hear);
        server.io.registersAgain(() => server.io.off("connection", hear));
      });
    },
    {},
    (io) => io.on("connection", hear),
  );
  client.emit('42["act"]');
  await settle();
  assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [[], false]);
});

test("one function that is a late listener several times is a reason until the last is removed", async (t) => {
  const { client, reasons } = await make(t, (socket) => {
    socket.on("act", () => void socket.on("x", hear).on("y", hear).on("y", hear));
    socket.on("off", (event) => void socket.off(event, hear));
  });
  client.emit('42["act"]');
  assert.deepEqual(reasons(), ['socket.on("x")', 'socket.on("y")', 'socket.on("y")']);
  client.emit('42["off","y"]');
  assert.deepEqual(reasons(), ['socket.on("x")', 'socket.on("y")']);
  client.emit('42["off","x"]');
  assert.deepEqual(reasons(), ['socket.on("y")']);
  client.emit('42["off","y"]');
  assert.deepEqual(reasons(), []);
});

test("a handler of io.schedule that an event registers is a reason, too", async (t) => {
  t.mock.method(console, "warn", () => {});
  const setup = (io: Server): void => {
    io.schedule.on("round", () => {});
    io.on("connection", (socket) => {
      socket.on("act", () => io.schedule.on("other round", () => {}));
    });
  };
  const { io } = new SleepyServer(setup, {}, [], new MemoryStorage());
  t.after(() => io._sleep.reasons.clear());
  const client = (io._runtime.host as SleepyServer).connect();
  client.emit('42["act"]');
  assert.deepEqual(
    io.awakeReasons.map(({ what }) => what),
    ['io.schedule.on("other round")'],
  );
});

test("a late listener of io that is removed, or has fired for good, is no reason any more", async (t) => {
  const listener = (): void => {};
  const { server, client, reasons } = await make(t, (socket) => {
    socket.on("act", () => {
      server.io.on("new_namespace", listener);
      server.io.once("connection", () => {});
      socket.conn.once("drain", listener);
    });
    socket.on("end", () => {
      server.io.off("new_namespace", listener);
      socket.conn.off("drain", listener);
    });
  });
  client.emit('42["act"]');
  assert.equal(reasons().length, 3);
  client.emit('42["end"]');
  server.connect();
  await settle();
  assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [[], false]);
});

/** What is there again after a sleep. */
const AGAIN: Record<string, (io: Server) => unknown> = {
  "what a listener of new_namespace adds": (io) => {
    io.of(/^\/team-/);
    io.on("new_namespace", async (nsp) => {
      nsp.on("connection", () => {});
      nsp.adapter.on("join-room", () => {});
      await settle();
      nsp.use((_socket, next) => next());
    });
  },
  "what dynamic namespaces have of their parent": (io) => {
    io.of(/^\/team-/)
      .use((_socket, next) => next())
      .on("connection", (socket) => void socket.on("x", () => {}));
  },
  "what a listener of the engine adds to a connection": (io) => {
    io.of(/^\/team-/);
    io.engine.on("connection", (conn) => void conn.on("packet", () => {}));
  },
  "what middlewares and connection listeners add to a connection": (io) => {
    io.of(/^\/team-/)
      .use(({ conn }, next) => {
        conn.on("packet", () => {});
        next();
      })
      .on("connection", async ({ conn }) => {
        conn.on("packetCreate", () => {});
        await settle();
        conn.on("drain", () => {});
      });
  },
};

for (const [what, prepare] of Object.entries(AGAIN)) {
  test(`no reason to stay awake: ${what}`, async (t) => {
    const { server, client, reasons } = await make(t, () => {}, {}, prepare);
    client.emit("40/team-red,");
    for (let i = 0; i < 5; i++) await settle();
    assert.deepEqual([reasons(), server.runtime.keeper.isWaiting, server.errors], [[], false, []]);
  });
}

test("an adapter that keeps its rooms itself, until another takes its place", async (t) => {
  const prepare = (io: Server): void => {
    io.adapter(ForeignAdapter as unknown as AdapterConstructor);
    io.of("/chat");
  };
  const { server, reasons, warnings } = await make(t, () => {}, {}, prepare);
  assert.deepEqual(reasons(), ["adapter.rooms", "adapter.rooms"]);
  assert.equal(server.runtime.keeper.isWaiting, true);
  assert.match(
    warnings[0] ?? "",
    /adapter\.rooms of namespace \/ would be lost.*extend the Adapter/,
  );
  assert.equal(warnings.length, 1);
  server.io.adapter(class extends OwnAdapter {});
  assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [[], false]);
});

test("what is added to a socket or a connection that is gone is no reason: nobody will hear of it", async (t) => {
  const { server, client, reasons } = await make(t, (socket) => {
    socket.on("disconnect", async () => {
      socket.on("x", () => {});
      socket.conn.on("packet", () => {});
      await settle();
      socket.onAny(() => {});
      socket.conn.on("packet", () => {});
    });
  });
  const other = server.connect();
  client.leave();
  for (let i = 0; i < 3; i++) await settle();
  assert.deepEqual([reasons(), server.runtime.keeper.isWaiting], [[], false]);
  other.leave();
});

test("a client that the middlewares refuse leaves its connection's listeners to be noticed", async (t) => {
  const refusing = (io: Server): void => {
    io.of("/closed").use((_socket, next) => next(new Error("no")));
  };
  const { client, reasons } = await make(
    t,
    (socket) => {
      socket.on("act", () => socket.conn.on("packet", () => {}));
    },
    {},
    refusing,
  );
  client.emit("40/closed,");
  await settle();
  client.emit('42["act"]');
  assert.deepEqual(reasons(), ['socket.conn.on("packet")']);
});
