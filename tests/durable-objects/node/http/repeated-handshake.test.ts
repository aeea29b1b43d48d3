// `allowRequest` and middlewares of the engine run again after a sleep where they left what cannot be kept.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Server, type ServerOptions } from "../../../../durable-objects/node/index.ts";
import { listen } from "../../../support/oracle.ts";
import { ask, connect, next } from "../../../support/stock-client.ts";

class User {
  readonly name = "Ada";

  greet(): string {
    return `I am ${this.name}`;
  }
}

type Request = Record<string, unknown>;

/** How often either has run, and what the request has, before a sleep and after two events behind it. */
async function seen(
  allow: (request: Request) => void,
  middleware: (request: Request, next: (error?: Error) => void) => void,
): Promise<unknown[]> {
  const runs = { allowRequest: 0, middlewares: 0 };
  const options: ServerOptions = {
    allowRequest: (request, callback) => {
      runs.allowRequest += 1;
      allow(request as unknown as Request);
      // It is refused, from the second time on.
      callback(null, runs.allowRequest === 1);
    },
  };
  const httpServer = createServer();
  const io = new Server(httpServer, options);
  io.engine.use((request: Request, _response, next) => {
    runs.middlewares += 1;
    middleware(request, next);
  });
  io.on("connection", (socket) => {
    socket.on("greet", (ack) => {
      const { user, name } = socket.request as unknown as { user?: User; name?: string };
      ack(typeof user?.greet === "function" ? user.greet() : name);
    });
  });
  const { url } = await listen(httpServer);
  const client = connect(url);
  const lines = [(await ask(client, "greet"))[0]];
  io.hibernate();
  for (let i = 0; i < 2; i++) lines.push((await ask(client, "greet"))[0]);
  client.close();
  await io.close();
  return [...lines, runs];
}

test("what left data alone does not run again", async () => {
  const lines = await seen(
    (request) => Object.assign(request, { name: "Ada" }),
    (_request, next) => next(),
  );
  assert.deepEqual(lines, ["Ada", "Ada", "Ada", { allowRequest: 1, middlewares: 1 }]);
});

test("allowRequest that left an object of a class runs again, once; its refusal does not count", async () => {
  const lines = await seen(
    (request) => Object.assign(request, { user: new User() }),
    (_request, next) => next(),
  );
  const greeting = "I am Ada";
  assert.deepEqual(lines, [greeting, greeting, greeting, { allowRequest: 2, middlewares: 1 }]);
});

test("a middleware that did runs again, once, and allowRequest does not", async () => {
  const lines = await seen(
    () => {},
    (request, next) => {
      request.user = new User();
      next();
    },
  );
  const greeting = "I am Ada";
  assert.deepEqual(lines, [greeting, greeting, greeting, { allowRequest: 1, middlewares: 2 }]);
});

test("a namespace that a client joins behind a sleep finds what a middleware of the engine left", async () => {
  const httpServer = createServer();
  const io = new Server(httpServer);
  let runs = 0;
  io.engine.use((request: Request, _response, next) => {
    runs += 1;
    request.user = new User();
    next();
  });
  io.of("/late").use((socket, next) => {
    const { user } = socket.request as unknown as { user: Partial<User> };
    socket.data.greeting = user.greet?.() ?? "nothing";
    next();
  });
  io.of("/late").on("connection", (socket) => socket.emit("greeting", socket.data.greeting));
  const { url } = await listen(httpServer);
  const client = connect(url);
  await next(client, "connect");
  io.hibernate();
  const late = client.io.socket("/late");
  const greeting = await next(late, "greeting");
  late.close();
  client.close();
  await io.close();
  assert.deepEqual([greeting, runs], [["I am Ada"], 2]);
});

/** How a handshake that runs again may refuse whom it has admitted. */
const REFUSALS: Record<string, (io: Server, isAgain: () => boolean) => void> = {
  "next with an error": (io, isAgain) => {
    io.engine.use((request: Request, _response, next) => {
      request.user = new User();
      next(isAgain() ? new Error("the token is used up") : undefined);
    });
  },
  "an answer of its own": (io, isAgain) => {
    io.engine.use((request: Request, response, next) => {
      request.user = new User();
      if (isAgain()) response.writeHead(401).end("the token is used up");
      else next();
    });
  },
};

for (const [how, refuse] of Object.entries(REFUSALS)) {
  test(`a middleware of the engine that refuses in a replay, by ${how}: the clients stay, and one line says so`, async (t) => {
    const errors = t.mock.method(console, "error", () => {});
    await assertToldOnce(errors, {}, refuse);
  });
}

test("allowRequest that refuses in a replay: the clients stay, and one line says so", async (t) => {
  const errors = t.mock.method(console, "error", () => {});
  let asked = 0;
  const allowRequest: ServerOptions["allowRequest"] = (request, callback) => {
    asked += 1;
    Object.assign(request, { user: new User() });
    callback("the token is used up", asked <= 2);
  };
  await assertToldOnce(errors, { allowRequest }, () => {});
});

/** Two clients that are refused after a sleep. */
async function assertToldOnce(
  errors: { mock: { calls: { arguments: unknown[] }[] } },
  options: ServerOptions,
  prepare: (io: Server, isAgain: () => boolean) => void,
): Promise<void> {
  const httpServer = createServer();
  const io = new Server(httpServer, options);
  let hasSlept = false;
  prepare(io, () => hasSlept);
  io.on("connection", (socket) => socket.on("hello", (ack) => ack(socket.restored)));
  const { url } = await listen(httpServer);
  const clients = [connect(url), connect(url)];
  for (const client of clients) assert.deepEqual(await ask(client, "hello"), [false]);
  io.hibernate();
  hasSlept = true;
  for (const client of clients) assert.deepEqual(await ask(client, "hello"), [true]);
  const lines = errors.mock.calls.map((call) => call.arguments.map(String).join(" "));
  assert.equal(lines.length, 1, `${lines}`);
  assert.match(lines[0] ?? "", /handshake after a sleep: the client stays/);
  for (const client of clients) client.close();
  await io.close();
}
