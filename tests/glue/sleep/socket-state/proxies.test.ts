// Tools put proxies around what is in `socket.data`, to see what is written there. `@socket.io/admin-ui` does
// so in its development mode; what it does is done here in the same way.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

/** On a platform that clones what it keeps. */
class SleepingServer extends InMemoryServer {
  get sleeps(): boolean {
    return true;
  }
}

function watched<T>(value: T, tell: (key: string) => void): T {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    set(target, key, next) {
      (target as Record<string | symbol, unknown>)[key] = watched(next, tell);
      tell(String(key));
      return true;
    },
  });
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

/** As admin-ui's connection listener, which comes before the application's. */
function instrument(io: Server, tell: (key: string) => void): void {
  io.on("connection", (socket) => {
    const before = socket.data;
    socket.data = watched({ _admin: { clientId: "x" } }, tell);
    for (const key in before) socket.data[key] = watched(before[key], tell);
  });
}

test("the application's listeners run, and what is in proxies is kept", async () => {
  const written: string[] = [];
  const setup = (io: Server): void => {
    io.use((socket, next) => {
      socket.data.user = { name: "Ada", tags: ["a"] };
      next();
    });
    instrument(io, (key) => written.push(key));
    io.on("connection", (socket) => {
      socket.on("rename", (name) => {
        socket.data.user.name = name;
        socket.data.user.tags.push("b");
      });
      socket.on("who", (answer) => answer(socket.data.user));
    });
  };
  const server = new SleepingServer(setup);
  const client = server.connect();
  await settle();
  client.emit('42["rename","Grace"]');
  assert.deepEqual(server.errors, []);
  assert.ok(written.includes("name"));
  const woken = new SleepingServer(setup, {}, [client]);
  client.take();
  client.emit('420["who"]');
  await settle();
  assert.deepEqual(client.take(), ['430[{"name":"Grace","tags":["a","b"]}]']);
  assert.deepEqual(woken.errors, []);
});

test("what cannot be read through its proxy costs only itself", async () => {
  const setup = (io: Server): void => {
    io.use((socket, next) => {
      socket.data.seen = new Map([["a", 1]]);
      socket.data.since = new Date(0);
      socket.data.name = "Ada";
      next();
    });
    instrument(io, () => {});
    io.on("connection", (socket) => socket.on("who", (answer) => answer(socket.data.name)));
  };
  const server = new SleepingServer(setup);
  const client = server.connect();
  await settle();
  client.emit('420["who"]', '421["who"]');
  assert.deepEqual(
    server.errors.filter(({ error }) => !/cannot be (kept|cloned)/.test(String(error))),
    [],
  );
  const woken = new SleepingServer(setup, {}, [client]);
  client.take();
  client.emit('420["who"]');
  await settle();
  assert.deepEqual(client.take(), ['430["Ada"]']);
  assert.deepEqual(woken.errors, []);
});

test("a proxy hides nothing that cannot be kept", () => {
  const server = new SleepingServer((io) => {
    io.on("connection", (socket) => {
      socket.on("set", () => {
        socket.data = watched({ now: () => 1 }, () => {});
      });
    });
  });
  server.connect().emit('42["set"]');
  assert.match(String(server.errors[0]?.error), /socket\.data\.now of .* cannot be kept/);
});
