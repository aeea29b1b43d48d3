// `allowRequest` and middlewares of the engine run again after a sleep where they left what cannot be kept.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Server, type ServerOptions } from "../../../durable-objects/node/index.ts";
import { listen } from "../../support/oracle.ts";
import { ask, connect } from "../../support/stock-client.ts";

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
