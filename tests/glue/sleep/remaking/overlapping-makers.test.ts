// Who makes again what hangs around several sockets of a client, where their middlewares and listeners overlap in time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

interface Session {
  visits: number;
  visit(): number;
}
const session = (): Session => ({
  visits: 0,
  visit() {
    this.visits += 1;
    return this.visits;
  },
});
const bagOf = (socket: Socket) => socket.request as unknown as { session: Session };
const reasons = ({ io }: InMemoryServer): string[] => io.awakeReasons.map(({ what }) => what);

/** How far the code of the namespaces is; what nobody waits for any more is there at once. */
class Gates {
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();

  of(name: string): PromiseWithResolvers<void> {
    const gate = this.#gates.get(name) ?? Promise.withResolvers<void>();
    this.#gates.set(name, gate);
    return gate;
  }

  async open(name: string): Promise<void> {
    this.of(name).resolve();
    await settle();
  }
}

type Work = (socket: Socket, gates: Gates) => void | Promise<void>;
const WAYS = ["middleware", "connection listener"] as const;

/** What `/a` and `/b` do when a client comes, in one of the ways; everybody can visit. */
function serve(way: (typeof WAYS)[number], work: Record<"/a" | "/b", Work>, gates: Gates) {
  return (io: Server): void => {
    for (const name of ["/a", "/b"] as const) {
      io.of(name).use(async (socket, next) => {
        if (way === "middleware") await work[name](socket, gates);
        next();
      });
      io.of(name).on("connection", (socket) => {
        socket.on("visit", (answer) => answer(bagOf(socket).session.visit()));
        if (way === "connection listener") return work[name](socket, gates) as undefined;
      });
    }
    io.on("connection", (socket) => {
      socket.on("visit", (answer) => answer(bagOf(socket).session.visit()));
    });
  };
}

async function join(client: InMemoryClient, ...frames: string[]): Promise<void> {
  for (const frame of frames) client.emit(frame);
  await settle();
}

/** `/b` makes the session at its second gate, `/a` nothing. */
const ONE_MAKES: Record<"/a" | "/b", Work> = {
  "/a": async (_socket, gates) => gates.of("/a").promise,
  "/b": async (socket, gates) => {
    await gates.of("make").promise;
    bagOf(socket).session = session();
    await gates.of("/b").promise;
  },
};

for (const way of WAYS) {
  for (const first of ["/a", "/b"]) {
    const second = first === "/a" ? "/b" : "/a";
    for (const leaving of ["/a", "/b"]) {
      test(`${way}s overlap, that of ${first} settles first: when ${leaving} leaves, that is a reason`, async () => {
        const gates = new Gates();
        const server = new InMemoryServer(serve(way, ONE_MAKES, gates));
        const client = server.connect();
        await join(client, "40/a,", "40/b,");
        for (const gate of ["make", first, second]) await gates.open(gate);
        assert.deepEqual(reasons(server), []);
        await join(client, `41${leaving},`);
        // Nobody knows which of them has made it.
        assert.deepEqual(reasons(server), ["socket.request.session"]);
      });
    }
  }

  test(`${way}s that have overlapped make again what they have made; who has is known from then on`, async () => {
    const gates = new Gates();
    const setup = serve(way, ONE_MAKES, gates);
    const client = new InMemoryServer(setup).connect();
    await join(client, "40/a,", "40/b,");
    for (const gate of ["make", "/a", "/b"]) await gates.open(gate);
    const server = new InMemoryServer(setup, {}, [client]);
    client.take();
    await join(client, '420["visit"]', '42/a,1["visit"]');
    assert.deepEqual([server.errors, client.take()], [[], ["430[1]", "43/a,1[2]"]]);
    await join(client, "41/a,");
    assert.deepEqual(reasons(server), []);
    await join(client, "41/b,");
    assert.deepEqual(reasons(server), ["socket.request.session"]);
  });

  test(`what one's ${way} makes at once is known to be its own while another's goes on`, async () => {
    const gates = new Gates();
    const work: typeof ONE_MAKES = {
      ...ONE_MAKES,
      "/b": (socket) => {
        bagOf(socket).session = session();
      },
    };
    const server = new InMemoryServer(serve(way, work, gates));
    const client = server.connect();
    await join(client, "40/a,", "40/b,");
    await gates.open("/a");
    await join(client, "41/a,");
    assert.deepEqual(reasons(server), []);
    await join(client, "41/b,");
    assert.deepEqual(reasons(server), ["socket.request.session"]);
  });

  test(`what one has made whose ${way} was under way when it went is not taken for another's`, async () => {
    const gates = new Gates();
    const work: typeof ONE_MAKES = {
      ...ONE_MAKES,
      "/b": async (socket) => {
        await ONE_MAKES["/b"](socket, gates);
        if (way === "middleware") throw new Error("refused");
      },
    };
    const server = new InMemoryServer(serve(way, work, gates));
    const client = server.connect();
    await join(client, "40/a,", "40/b,");
    await gates.open("make");
    if (way === "connection listener") await join(client, "41/b,");
    await gates.open("/b");
    await gates.open("/a");
    assert.ok(reasons(server).includes("socket.request.session"), `${reasons(server)}`);
  });
}

test("a middleware that puts another object in the place of one's runs again", async () => {
  const gates = new Gates();
  const make: Work = (socket) => {
    bagOf(socket).session = session();
  };
  const setup = serve("middleware", { "/a": make, "/b": make }, gates);
  const first = new InMemoryServer(setup);
  const client = first.connect();
  await join(client, "40/a,", "40/b,");
  await join(client, "41/a,");
  assert.deepEqual(reasons(first), []);
  const server = new InMemoryServer(setup, {}, [client]);
  client.take();
  await join(client, '420["visit"]', '42/b,1["visit"]');
  assert.deepEqual([server.errors, client.take()], [[], ["430[1]", "43/b,1[2]"]]);
});

test("a middleware that puts another listener in the place of one's runs again", async () => {
  const heard: string[] = [];
  const setup = (io: Server): void => {
    for (const name of ["/a", "/b"]) {
      io.of(name).use((socket, next) => {
        socket.conn.removeAllListeners("close");
        socket.conn.on("close", () => heard.push(name));
        next();
      });
      io.of(name).on("connection", () => {});
    }
  };
  const client = new InMemoryServer(setup).connect();
  await join(client, "40/a,", "40/b,");
  const server = new InMemoryServer(setup, {}, [client]);
  client.leave();
  await settle();
  assert.deepEqual([server.errors, heard], [[], ["/b"]]);
});

for (const way of WAYS) {
  test(`a listener that a ${way} has added to the connection keeps the object awake once its socket has left`, async () => {
    const heard: string[] = [];
    const setup = (io: Server): void => {
      const listen = ({ conn, nsp: { name } }: Socket) => conn.on("close", () => heard.push(name));
      const made = io.of("/made");
      if (way === "middleware")
        made.use((socket, next) => {
          listen(socket);
          next();
        });
      made.on("connection", (socket) => {
        if (way === "connection listener") listen(socket);
      });
      io.on("connection", listen);
    };
    const first = new InMemoryServer(setup);
    const client = first.connect();
    await join(client, "40/made,");
    assert.deepEqual(reasons(first), []);
    const server = new InMemoryServer(setup, {}, [client]);
    // Those that had slept are known to be its own, too.
    await join(client, '42/made,["x"]');
    await join(client, "41/made,");
    assert.deepEqual(reasons(server), ['socket.conn.on("close")']);
    await join(client, "40/made,");
    client.leave();
    await settle();
    assert.deepEqual(heard, ["/made", "/made", "/"]);
    assert.deepEqual(reasons(server), []);
  });
}
