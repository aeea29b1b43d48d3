// What applications hang on the request, the handshake, the client and the connection is there after a
// sleep, as far as it is data.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

type Bag = Record<string, unknown>;

const settle = () => new Promise((resolve) => setImmediate(resolve));

const NAMES = ["request", "handshake", "client", "conn"] as const;

const bagOf = (socket: Socket, name: (typeof NAMES)[number]): Bag => socket[name] as unknown as Bag;

/** The socket of the last life, which an event needs. */
function setup(first: (socket: Socket) => void, seen: { socket?: Socket }) {
  return (io: Server): void => {
    io.use((socket, next) => {
      first(socket);
      next();
    });
    io.on("connection", (socket) => {
      socket.on("look", () => {
        seen.socket = socket;
      });
      socket.on("change", (name, key, value) => {
        bagOf(socket, name)[key] = value;
      });
      socket.on("push", (name, key) => void (bagOf(socket, name)[key] as unknown[]).push("pushed"));
    });
  };
}

async function sleepAfter(first: (socket: Socket) => void, ...events: string[]): Promise<Socket> {
  const seen: { socket?: Socket } = {};
  const server = new InMemoryServer(setup(first, seen));
  const client = server.connect();
  await settle();
  client.emit(...events);
  const woken = new InMemoryServer(
    setup(() => {}, seen),
    {},
    [client],
  );
  client.emit('42["look"]');
  await settle();
  assert.deepEqual(woken.errors, []);
  assert.ok(seen.socket);
  return seen.socket;
}

for (const name of NAMES) {
  test(`socket.${name}: what a middleware sets on it comes back`, async () => {
    const socket = await sleepAfter((before) => {
      Object.assign(bagOf(before, name), {
        user: { id: 7, tags: new Set(["a"]) },
        since: new Date(5),
      });
    });
    const { user, since } = bagOf(socket, name);
    assert.deepEqual([user, since], [{ id: 7, tags: new Set(["a"]) }, new Date(5)]);
  });

  test(`socket.${name}: what a listener sets on it, and changes inside, comes back`, async () => {
    const socket = await sleepAfter(
      (before) => {
        bagOf(before, name).list = [];
      },
      `42["change","${name}","late",1]`,
      `42["push","${name}","list"]`,
    );
    const { late, list } = bagOf(socket, name);
    assert.deepEqual([late, list], [1, ["pushed"]]);
  });
}

test("changed headers and query, another address and another auth come back", async () => {
  const socket = await sleepAfter((before) => {
    before.request.headers["x-user"] = "ada";
    delete before.request.headers.host;
    before.handshake.query.room = "a";
    before.handshake.address = "203.0.113.9";
    before.handshake.auth = { token: "checked" };
    before.request.url = "/elsewhere";
  });
  assert.deepEqual(socket.handshake.headers, { "x-user": "ada" });
  assert.equal(socket.request.headers, socket.handshake.headers);
  assert.equal(socket.request._query.room, "a");
  assert.equal(socket.handshake.address, "203.0.113.9");
  assert.deepEqual(socket.handshake.auth, { token: "checked" });
  assert.equal(socket.request.url, "/elsewhere");
});

test("headers have the methods of Headers before and after a sleep, and nobody sees them as fields", async () => {
  const look = ({ request }: Socket) => {
    const headers = request.headers as unknown as Headers & Bag;
    return [
      headers.get("HOST"),
      headers.has("x-none"),
      Object.keys(headers),
      [...headers.entries()],
    ];
  };
  let before: unknown;
  const socket = await sleepAfter((awake) => {
    before = look(awake);
  });
  assert.deepEqual(look(socket), before);
  assert.deepEqual(before, ["example.com", false, ["host"], [["host", "example.com"]]]);
});

test("objects with methods come back as their data; what does things does not, and is told of once", async () => {
  class Cookie {
    secret = "x";
    toJSON(): unknown {
      return { path: "/" };
    }
  }
  class Session {
    visits = 1;
    cookie = new Cookie();
    touch(): void {}
  }
  class Document {
    toJSON(): unknown {
      return { name: "Ada" };
    }
  }
  class Store {
    sessions = { secret: "of others" };
    on(): void {}
    emit(): void {}
  }
  const lines: string[] = [];
  const seen: { socket?: Socket } = {};
  const hang = (socket: Socket): void => {
    const things = {
      session: new Session(),
      user: new Document(),
      store: new Store(),
      logIn: () => {},
    };
    Object.assign(socket.request, things, { done: Promise.resolve() });
  };
  const server = new InMemoryServer(setup(hang, seen));
  server.debug = (_scope, message) => lines.push(message);
  const client = server.connect();
  server.connect();
  await settle();
  new InMemoryServer(
    setup(() => {}, seen),
    {},
    [client],
  );
  client.emit('42["look"]');
  await settle();
  const { session, user, ...rest } = bagOf(seen.socket as Socket, "request");
  assert.deepEqual([session, user], [{ visits: 1, cookie: { path: "/" } }, { name: "Ada" }]);
  assert.deepEqual(Object.keys(rest), []);
  const told = lines.filter((line) => line.includes("is not kept"));
  const names = told.map((line) => /socket\.request\.(\w+)/.exec(line)?.[1]);
  assert.deepEqual(names.sort(), ["done", "logIn", "store"]);
});

test("what a replay writes to the request is undone, but objects that it makes anew stay", async () => {
  class Cart {
    items: string[] = [];
    add(item: string): void {
      this.items.push(item);
    }
  }
  const seen: { socket?: Socket } = {};
  const run = (io: Server): void => {
    io.on("connection", (socket) => {
      const request = socket.request as unknown as Bag;
      request.count = ((request.count as number) ?? 0) + 1;
      request.cart = new Cart();
      socket.on("look", () => {
        seen.socket = socket;
      });
    });
  };
  const client = new InMemoryServer(run).connect();
  await settle();
  new InMemoryServer(run, {}, [client]);
  client.emit('42["look"]');
  await settle();
  const { count, cart } = bagOf(seen.socket as Socket, "request");
  assert.equal(count, 1);
  assert.ok(cart instanceof Cart);
});

for (const name of NAMES) {
  test(`an object on socket.${name}, on the socket and in data is one after a sleep`, async () => {
    const socket = await sleepAfter((before) => {
      const user = { id: 7, tags: [] };
      bagOf(before, name).user = user;
      bagOf(before, name).users = new Map([["ada", user]]);
      before.data.user = user;
      Object.assign(before, { tags: user.tags });
    });
    const { user, users } = bagOf(socket, name) as { user: Bag; users: Map<string, unknown> };
    assert.equal(user, socket.data.user);
    assert.equal(users.get("ada"), user);
    assert.equal((socket as unknown as Bag).tags, user.tags);
  });

  test(`a Buffer on socket.${name} is one after a sleep, and the next`, async () => {
    const seen: { socket?: Socket } = {};
    const server = new InMemoryServer(
      setup((before) => {
        bagOf(before, name).key = Buffer.from("key");
        before.data.list = [];
      }, seen),
    );
    const client = server.connect();
    await settle();
    for (let sleeps = 0; sleeps < 2; sleeps++) {
      new InMemoryServer(
        setup(() => {}, seen),
        {},
        [client],
      );
      client.emit('42["look"]');
      await settle();
      assert.ok(seen.socket);
      assert.deepEqual(bagOf(seen.socket, name).key, Buffer.from("key"));
      seen.socket.data.list.push(sleeps);
      client.emit('42["look"]');
    }
  });
}

test("of more than can be looked through what cannot be kept is left out all the same", async () => {
  const socket = await sleepAfter((before) => {
    const list = Array.from({ length: 2_000 }, (_, number) => ({ number, call() {} }));
    bagOf(before, "request").list = list;
  });
  const list = bagOf(socket, "request").list as Bag[];
  assert.deepEqual([list.length, list[1999]], [2_000, { number: 1999 }]);
});

test("a connection that has joined nothing yet keeps what hangs on it, too", async () => {
  const seen: unknown[] = [];
  const run = (isFirst: boolean) => (io: Server) => {
    if (isFirst) {
      io.engine.on("connection", (conn: { request: Bag }) => {
        conn.request.user = "ada";
      });
    }
    io.on("connection", (socket) => void seen.push((socket.request as unknown as Bag).user));
  };
  const client = new InMemoryServer(run(true)).open();
  new InMemoryServer(run(false), {}, [client]);
  client.emit("40");
  await settle();
  assert.deepEqual(seen, ["ada"]);
});

test("an event that changes nothing around a socket keeps nothing again", async () => {
  const seen: { socket?: Socket } = {};
  const hang = (socket: Socket): void => {
    bagOf(socket, "request").session = { visits: 1 };
    void socket.handshake.headers;
  };
  const server = new InMemoryServer(setup(hang, seen));
  const client = server.connect();
  await settle();
  const before = server.saves;
  client.emit('42["look"]', '42["look"]');
  assert.equal(server.saves, before);
});

/** Every way to what hangs around a socket, taken once; it is written to much later, in no event. */
const WAYS: Record<string, (io: Server, hold: (object: object) => void) => void> = {
  "socket.request": (io, hold) => io.on("connection", (socket) => hold(socket.request)),
  "socket.conn": (io, hold) => io.on("connection", ({ conn }) => hold(conn)),
  "socket.conn.request": (io, hold) => io.on("connection", ({ conn }) => hold(conn.request ?? {})),
  "socket.client": (io, hold) => io.on("connection", ({ client }) => hold(client)),
  "socket.client.request": (io, hold) => io.on("connection", ({ client }) => hold(client.request)),
  "socket.handshake": (io, hold) => io.on("connection", ({ handshake }) => hold(handshake)),
  "io.engine's connection": (io, hold) => io.engine.on("connection", hold),
  "io.engine.clients": (io, hold) => {
    io.on("connection", () => Object.values(io.engine.clients).forEach(hold));
  },
};

for (const [name, take] of Object.entries(WAYS)) {
  test(`${name}: what is hung on it long after it was taken is kept with the next event`, async () => {
    let held: Bag = {};
    const server = new InMemoryServer((io) => {
      take(io, (object) => {
        held = object as Bag;
      });
      io.on("connection", (socket) => void socket.on("go", () => {}));
    });
    const client = server.connect();
    await settle();
    client.emit('42["go"]');
    await settle();
    held.note = { text: "late" };
    client.emit('42["go"]');
    await settle();
    const found: unknown[] = [];
    const woken = new InMemoryServer(
      (io) => {
        io.on("connection", (socket) => {
          const { request, conn, client, handshake } = socket;
          for (const object of [request, conn, client, handshake]) {
            found.push((object as unknown as Bag).note);
          }
        });
      },
      {},
      [client],
    );
    client.emit('42["go"]');
    await settle();
    assert.deepEqual([server.errors, woken.errors], [[], []]);
    assert.deepEqual(
      found.filter((note) => note !== undefined),
      [{ text: "late" }],
    );
  });
}

/** What express-session makes: it has the request's id hidden inside. */
class Session {
  declare readonly id: string;

  constructor(id: unknown) {
    Object.defineProperty(this, "id", { value: id });
  }

  touch(): string {
    return this.id;
  }
}

for (const name of ["request", "client", "conn"] as const) {
  test(`${name}: what a middleware makes again of an id that it makes up has the one that was kept`, async () => {
    let made = 0;
    const serve = (io: Server): void => {
      io.use((socket, next) => {
        const bag = bagOf(socket, name);
        made += 1;
        bag.sessionID = `number ${made}`;
        bag.session = new Session(bag.sessionID);
        next();
      });
      io.on("connection", (socket) => {
        socket.on("ids", (answer) => {
          const { sessionID, session } = bagOf(socket, name);
          answer(sessionID, (session as Session).touch());
        });
      });
    };
    const client = new InMemoryServer(serve).connect();
    await settle();
    client.take();
    const server = new InMemoryServer(serve, {}, [client]);
    client.emit('420["ids"]');
    await settle();
    assert.deepEqual(server.errors, []);
    assert.deepEqual([made, client.take()], [2, ['430["number 1","number 1"]']]);
  });
}
