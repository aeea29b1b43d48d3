// What hangs around several sockets of a client, on its request and connection: who makes it again after a sleep.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

type Bag = Record<string, unknown>;
const HOLDERS: Record<string, (socket: Socket) => unknown> = {
  "socket.request": (socket) => socket.request,
  "socket.conn": (socket) => socket.conn,
  "socket.client": (socket) => socket.client,
};

/** An object of no class: asleep, the data of it look like all of it. */
function counter(): { visits: number; visit(): number } {
  return {
    visits: 0,
    visit() {
      this.visits += 1;
      return this.visits;
    },
  };
}

for (const [name, holder] of Object.entries(HOLDERS)) {
  for (const hasMiddleware of [false, true]) {
    const others = hasMiddleware ? "whose middlewares run again" : "without middlewares";
    test(`what a middleware left on ${name} is made again behind a wake for a namespace ${others}`, async () => {
      const holderOf = holder as (socket: Socket) => Bag;
      const setup = (io: Server): void => {
        io.use((socket, next) => {
          holderOf(socket).mine = counter();
          next();
        });
        io.on("connection", (socket) => {
          socket.on("visit", (answer) =>
            answer((holderOf(socket).mine as ReturnType<typeof counter>).visit()),
          );
        });
        const other = io.of("/other");
        other.use((socket, next) => {
          if (hasMiddleware) holderOf(socket).theirs = counter();
          next();
        });
        other.on("connection", (socket) => {
          socket.on("wake", (answer) => answer("awake"));
        });
      };
      const before = new InMemoryServer(setup);
      const client = before.connect();
      client.emit("40/other,");
      for (let i = 0; i < 3; i++) await settle();
      client.take();
      let server = before;
      for (const packets of [
        ['420["visit"]'],
        ['42/other,1["wake"]'],
        ['42/other,2["wake"]', '423["visit"]'],
      ]) {
        server = new InMemoryServer(setup, {}, [client]);
        for (const packet of packets) {
          client.emit(packet);
          for (let i = 0; i < 3; i++) await settle();
        }
        assert.deepEqual([server.errors, server.io.awakeReasons], [[], []]);
      }
      const answers = ["430[1]", '43/other,1["awake"]', '43/other,2["awake"]', "433[2]"];
      assert.deepEqual(client.take(), answers);
    });
  }
}

interface Counters {
  mine: ReturnType<typeof counter>;
}
const countersOf = (socket: Socket): Counters => socket.request as unknown as Counters;

/** Two namespaces of a connection, of which `/made` makes what both have on the request; the other one takes a while. */
function share(io: Server): void {
  const made = io.of("/made");
  made.use((socket, next) => {
    countersOf(socket).mine = counter();
    next();
  });
  for (const namespace of [io.of("/"), made]) {
    namespace.on("connection", async (socket) => {
      socket.on("visit", (answer) => answer(countersOf(socket).mine.visit()));
      if (namespace.name === "/") for (let i = 0; i < 3; i++) await settle();
    });
  }
}

for (const replay of ["lazy", "eager"] as const) {
  test(`what hangs around several sockets of a client is there for each of them, replayed at a time: ${replay}`, async () => {
    const client = new InMemoryServer(share, { replay }).connect();
    client.emit("40/made,");
    for (let i = 0; i < 5; i++) await settle();
    client.take();
    for (const packets of [
      ['420["visit"]'],
      ['421["visit"]', '42/made,2["visit"]', '423["visit"]'],
      ['42/made,4["visit"]', '425["visit"]'],
      ['426["visit"]'],
    ]) {
      const server = new InMemoryServer(share, { replay }, [client]);
      for (const packet of packets) client.emit(packet);
      for (let i = 0; i < 12; i++) await settle();
      assert.deepEqual([server.errors, server.io.awakeReasons], [[], []]);
    }
    assert.deepEqual(client.take(), [
      "430[1]",
      "431[2]",
      "43/made,2[3]",
      "433[4]",
      "43/made,4[5]",
      "435[6]",
      "436[7]",
    ]);
  });
}

test("where nothing hangs around the sockets of a client, one does not wait for the other's replay", async () => {
  const setup = (io: Server): void => {
    for (const namespace of [io.of("/"), io.of("/slow")]) {
      namespace.on("connection", async (socket) => {
        socket.on("wake", (answer) => answer("awake"));
        if (namespace.name === "/slow") for (let i = 0; i < 3; i++) await settle();
      });
    }
  };
  const client = new InMemoryServer(setup).connect();
  client.emit("40/slow,");
  for (let i = 0; i < 5; i++) await settle();
  client.take();
  new InMemoryServer(setup, {}, [client]);
  client.emit('42/slow,0["wake"]');
  client.emit('421["wake"]');
  for (let i = 0; i < 5; i++) await settle();
  assert.deepEqual(client.take(), ['431["awake"]', '43/slow,0["awake"]']);
});

test("a socket that a client has behind a sleep finds around it what its others have made", async () => {
  const setup = (io: Server): void => {
    share(io);
    io.of("/late").use((socket, next) => {
      socket.data.visits = countersOf(socket).mine.visit();
      next();
    });
    io.of("/late").on("connection", (socket) => {
      socket.emit("visits", socket.data.visits, countersOf(socket).mine.visit());
    });
  };
  const client = new InMemoryServer(setup).connect();
  client.emit("40/made,");
  for (let i = 0; i < 5; i++) await settle();
  client.take();
  const server = new InMemoryServer(setup, {}, [client]);
  client.emit("40/late,");
  for (let i = 0; i < 12; i++) await settle();
  client.emit('420["visit"]');
  for (let i = 0; i < 12; i++) await settle();
  assert.deepEqual(server.errors, []);
  const [, ...events] = client.take();
  assert.deepEqual(events, ['42/late,["visits",1,2]', "430[3]"]);
});

test("what one socket's connection listener has made around it is whole for the others of its client", async () => {
  const setup = (io: Server): void => {
    io.of("/made").on("connection", (socket) => {
      countersOf(socket).mine ??= counter();
    });
    io.on("connection", (socket) => {
      socket.on("visit", (answer) => answer(countersOf(socket).mine.visit()));
    });
  };
  const client = new InMemoryServer(setup).connect();
  client.emit("40/made,");
  for (let i = 0; i < 5; i++) await settle();
  client.take();
  for (let wake = 0; wake < 2; wake++) {
    const server = new InMemoryServer(setup, {}, [client]);
    client.emit('420["visit"]');
    for (let i = 0; i < 5; i++) await settle();
    assert.deepEqual([server.errors, server.io.awakeReasons], [[], []]);
  }
  assert.deepEqual(client.take(), ["430[1]", "430[2]"]);
});

test("what the middlewares of a socket have left around it keeps the object awake once that has gone", async () => {
  const server = new InMemoryServer(share);
  const { io } = server;
  const client = server.connect();
  const reasons = () => io.awakeReasons.map(({ what }) => what);
  client.emit("40/made,");
  for (let i = 0; i < 5; i++) await settle();
  assert.deepEqual(reasons(), []);
  client.emit("41/made,");
  for (let i = 0; i < 5; i++) await settle();
  assert.deepEqual(reasons(), ["socket.request.mine"]);
  client.emit("40/made,");
  for (let i = 0; i < 5; i++) await settle();
  assert.deepEqual(reasons(), []);
});

/** `/made` and `/late` hang things around the client's sockets, `/made` in the way of its choice. */
function shareIn(way: "middleware" | "connection listener", io: Server): void {
  const hang = (socket: Socket): void => {
    countersOf(socket).mine = counter();
  };
  const made = io.of("/made");
  if (way === "middleware")
    made.use((socket, next) => {
      hang(socket);
      next();
    });
  made.on("connection", (socket) => {
    if (way === "connection listener") hang(socket);
  });
  io.of("/late").on("connection", (socket) => {
    Object.assign(socket.request, { late: counter() });
  });
  io.on("connection", (socket) => {
    socket.on("visit", (answer) => answer(countersOf(socket).mine.visit()));
    socket.on("hang", () => hang(socket));
  });
}

for (const way of ["middleware", "connection listener"] as const) {
  test(`a reason that a socket has left stays while others come, go and are replayed: ${way}`, async () => {
    const setup = (io: Server): void => shareIn(way, io);
    const first = new InMemoryServer(setup);
    const client = first.connect();
    const emit = async (...packets: string[]): Promise<void> => {
      for (const packet of packets) {
        client.emit(packet);
        for (let i = 0; i < 5; i++) await settle();
      }
    };
    const reasons = ({ io }: InMemoryServer) => io.awakeReasons.map(({ what }) => what).sort();
    await emit("40/made,", "40/late,");
    assert.deepEqual(reasons(first), []);
    client.take();
    const server = new InMemoryServer(setup, {}, [client]);
    await emit('420["visit"]');
    assert.deepEqual(reasons(server), []);
    await emit("41/made,");
    assert.deepEqual(reasons(server), ["socket.request.mine"]);
    await emit("41/late,", "40/late,");
    assert.deepEqual(reasons(server), ["socket.request.mine"]);
    await emit("40/made,");
    assert.deepEqual(reasons(server), []);
    await emit("41/late,");
    assert.deepEqual(reasons(server), ["socket.request.late"]);
  });
}

test("what an event has put around its socket is not made again by who comes afterwards", async () => {
  const server = new InMemoryServer((io) => shareIn("middleware", io));
  const client = server.connect();
  await settle();
  for (const packet of ['42["hang"]', "40/late,"]) {
    client.emit(packet);
    for (let i = 0; i < 5; i++) await settle();
    const reasons = server.io.awakeReasons.map(({ what }) => what);
    assert.deepEqual(reasons, ["socket.request.mine"], packet);
  }
});

test("what listeners of the engine hang on a connection is made again whoever leaves", async () => {
  const setup = (io: Server): void => {
    io.engine.on("connection", (conn) => Object.assign(conn, { mine: counter() }));
    for (const name of ["/", "/made"]) io.of(name).on("connection", () => {});
  };
  let server = new InMemoryServer(setup);
  const client = server.connect();
  for (let wake = 0; wake < 2; wake++) {
    for (const packet of ["40/made,", "41/made,"]) {
      client.emit(packet);
      for (let i = 0; i < 5; i++) await settle();
      assert.deepEqual(server.io.awakeReasons, [], packet);
    }
    server = new InMemoryServer(setup, {}, [client]);
  }
});

test("an object that a middleware hangs on the request, and a listener of its holds, is one after a sleep, too", async () => {
  const setup = (io: Server): void => {
    io.use((socket, next) => {
      const user = { visits: 0 };
      Object.assign(socket.request, { user });
      socket.on("visit", () => {
        user.visits += 1;
      });
      next();
    });
    io.on("connection", (socket) => {
      socket.on("show", (answer) => answer(socket.request));
    });
  };
  const client = new InMemoryServer(setup).connect();
  await settle();
  client.emit('42["visit"]');
  client.take();
  for (const visits of [2, 3]) {
    const server = new InMemoryServer(setup, {}, [client]);
    client.emit('42["visit"]', '420["show"]');
    for (let i = 0; i < 5; i++) await settle();
    assert.deepEqual(server.errors, []);
    assert.equal(JSON.parse(String(client.take()[0]).slice(3))[0].user.visits, visits);
  }
});

test("what a connection listener makes where it is missing is made again behind middlewares that run again", async () => {
  const setup = (io: Server): void => {
    io.use((socket, next) => {
      socket.on("nothing", () => {});
      next();
    });
    io.on("connection", (socket) => {
      countersOf(socket).mine ??= counter();
      socket.on("visit", (answer) => answer(countersOf(socket).mine.visit()));
    });
  };
  const client = new InMemoryServer(setup).connect();
  for (let i = 0; i < 5; i++) await settle();
  client.take();
  for (const visits of [1, 2]) {
    const server = new InMemoryServer(setup, {}, [client]);
    client.emit('420["visit"]');
    for (let i = 0; i < 5; i++) await settle();
    assert.deepEqual([server.errors, client.take()], [[], [`430[${visits}]`]]);
  }
});

for (const [name, holderOf] of Object.entries(HOLDERS)) {
  test(`what is changed on ${name} is kept, also if the reasons to stay awake are asked for in the same turn`, async () => {
    const setup = (io: Server): void => {
      io.on("connection", (socket) => {
        const bag = holderOf(socket) as Bag;
        if (!socket.restored) bag.visits = 0;
        socket.on("visit", (answer) => {
          bag.visits = (bag.visits as number) + 1;
          answer(bag.visits, io.awakeReasons.length);
        });
      });
    };
    const client = new InMemoryServer(setup).connect();
    await settle();
    client.take();
    for (const visits of [1, 2]) {
      new InMemoryServer(setup, {}, [client]);
      client.emit('420["visit"]');
      await settle();
      assert.deepEqual(client.take(), [`430[${visits},0]`]);
    }
  });
}
