// What the layers' functions are told wrongly is refused at once, by the name of the function and of the option.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "../../durable-objects/node/index.ts";
import type { ServerStats } from "../../glue/socket.io/index.ts";
import { InMemoryStore, instrument, ObjectStore } from "../../layers/admin/index.ts";
import { SocketIOServerHelper } from "../../layers/auth/index.ts";
import { SocketIOClientHelper } from "../../layers/client/index.ts";
import { emitter } from "../../layers/emitter/index.ts";
import { expressSessions } from "../../layers/router/express-session/index.ts";
import { createRouter } from "../../layers/router/index.ts";
import {
  createSessions,
  handshakeCookies,
  kvStore,
  memoryStore,
  objectStore,
} from "../../layers/router/session/index.ts";
import { estimateBill } from "../../layers/stats/index.ts";
import { evictBeforeEvents, startServer } from "../../layers/testing/index.ts";

const io = new Server();
const SECRET = "a secret, as long as it has to be";
const BINDING = { idFromName: () => "", get: () => ({}) };
const STATS = { at: 2, startedAt: 1, wakes: { call: 0, close: 0 } } as unknown as ServerStats;
const store = memoryStore();

/** Functions that take options, by their names; each with what it needs, and what more it is given. */
const TAKERS: Record<string, (more: object) => unknown> = {
  emitter: (more) => emitter("https://chat.example/emit", { secret: SECRET, ...more }),
  SocketIOServerHelper: (more) =>
    new SocketIOServerHelper({ io, identifier: "a", authenticateFn: () => true, ...more }),
  SocketIOClientHelper: (more) =>
    new SocketIOClientHelper({
      identifier: "a",
      host: "http://127.0.0.1:9",
      options: { autoConnect: false },
      ...more,
    }),
  instrument: (more) => instrument(io, { auth: false, store: new InMemoryStore(), ...more }),
  ObjectStore: (more) => new ObjectStore(io.of("/admin"), more),
  estimateBill: (more) => estimateBill(STATS, more),
  createRouter: (more) => createRouter(new Server(), more),
  createSessions: (more) => createSessions({ password: SECRET, store, ...more }),
  handshakeCookies: (more) => handshakeCookies({ password: SECRET, ...more }),
  startServer: (more) => startServer(class {} as never, more),
  evictBeforeEvents: (more) =>
    evictBeforeEvents({} as never, { script: "a", className: "A", ...more } as never),
};

/** Wrong values of options, by the names of those who take them. */
const WRONG: Record<string, [option: string, value: unknown, expectation: string][]> = {
  emitter: [
    ["name", 1, "a string, got 1"],
    ["onError", {}, "a function, got {}"],
    ["fetch", "x", 'a function, got "x"'],
  ],
  SocketIOServerHelper: [
    ["io", {}, "a server, got {}"],
    ["authenticateFn", true, "a function, got true"],
    ["authenticateTimeout", Number.NaN, "milliseconds, or Infinity, got NaN"],
    ["pingInterval", 1e300, "milliseconds, or Infinity, got 1e+300"],
    ["defaultRooms", [""], 'an array of strings that are not empty, got [""]'],
    ["logger", { info() {} }, "an object with info, warn, error and debug, got {}"],
  ],
  SocketIOClientHelper: [
    ["identifier", 7, "a string, got 7"],
    ["host", undefined, "a string, got undefined"],
    ["onConnected", "f", 'a function, got "f"'],
    ["logger", {}, "an object with info, warn, error and debug, got {}"],
  ],
  instrument: [
    ["namespaceName", "", 'a name, got ""'],
    ["readonly", "yes", 'a boolean, got "yes"'],
    ["mode", "test", '"development" or "production", got "test"'],
    ["store", {}, "a store of sessions, with doesSessionExist() and saveSession(), got {}"],
  ],
  ObjectStore: [
    ["sessionDuration", Number.NaN, "a positive number, got NaN"],
    ["sessionDuration", 0, "a positive number, got 0"],
  ],
  estimateBill: [
    ["pingInterval", 0, "a positive number, got 0"],
    ["eventDuration", Number.NaN, "a number that is not negative, got NaN"],
    ["prices", 3, "an object of prices, got 3"],
  ],
  createRouter: [
    ["session", {}, "what createSessions() or expressSessions() gives, got {}"],
    ["onError", true, "a function, got true"],
    ["generateId", "x", 'a function, got "x"'],
    ["app", 1, "an object, got 1"],
    ["middleware", "auth", 'an object, got "auth"'],
  ],
  createSessions: [
    ["ttl", Number.NaN, "a positive number, got NaN"],
    ["cookieName", "", 'a name, got ""'],
    ["store", undefined, "a store, such as objectStore(ctx.storage) gives, got undefined"],
    ["store", { get() {} }, "a store, such as objectStore(ctx.storage) gives"],
  ],
  handshakeCookies: [["ttl", "14 days", 'a positive number, got "14 days"']],
  startServer: [
    ["sleep", "warn", '"warm", "cold" or "never", got "warn"'],
    ["export", 1, "a string, got 1"],
  ],
  evictBeforeEvents: [
    ["name", 1, "a string, got 1"],
    ["script", undefined, "a string, got undefined"],
    ["url", "http://chat", 'a URL, got "http://chat"'],
  ],
};

const refused = (name: string, more: object) => async () => TAKERS[name]?.(more);

for (const name of Object.keys(TAKERS)) {
  test(`${name} refuses what is no option, and wrong values of those that are`, async () => {
    await assert.rejects(refused(name, { nonsense: 1 }), (error: Error) => {
      return error.message === `dormouse: ${name}: unknown option "nonsense"`;
    });
    assert.ok((WRONG[name] ?? []).length > 0);
    for (const [option, value, expectation] of WRONG[name] ?? []) {
      const beginning = `dormouse: ${name}: option "${option}" must be ${expectation}`;
      await assert.rejects(refused(name, { [option]: value }), (error: Error) => {
        assert.ok(error.message.startsWith(beginning), error.message);
        return true;
      });
    }
  });
}

test("what is no object of options is refused", async () => {
  const calls: [() => unknown, RegExp][] = [
    [
      () => createRouter(io, "x" as never),
      /the options of createRouter must be an object, got "x"/,
    ],
    [
      () => createSessions(null as never),
      /the options of createSessions must be an object, got null/,
    ],
    [() => estimateBill(STATS, 1 as never), /the options of estimateBill must be an object, got 1/],
    [() => new SocketIOClientHelper(undefined as never), /must be an object, got undefined/],
  ];
  for (const [call, message] of calls) assert.throws(call, message);
});

test("options inside of options, names that are nearly right, and prices that are left out", () => {
  const wrong = (more: object) => () => estimateBill(STATS, more);
  assert.throws(wrong({ prices: { rows: -1 } }), /estimateBill: option "prices.rows" must be/);
  assert.throws(wrong({ pingIntervall: 1 }), /\(did you mean "pingInterval"\?\)/);
  const { sleeping } = estimateBill(
    {
      ...STATS,
      requests: 1e6,
      alarms: 0,
      messages: 0,
      held: 0,
      slept: 0,
      rowsWritten: 0,
      connections: 0,
    },
    { prices: { rows: undefined as never } },
  );
  assert.ok(sleeping.dollars > 0);
});

test("stores are told what they keep things in", () => {
  const none = undefined as never;
  assert.throws(() => objectStore(none), /objectStore needs an object's storage/);
  assert.throws(() => kvStore(none), /kvStore needs the binding of a KV namespace/);
  for (const limit of [Number.NaN, 0, -1]) {
    assert.throws(() => memoryStore(limit), /memoryStore needs a limit above 0/);
  }
  assert.throws(() => new ObjectStore(none), /ObjectStore needs a namespace/);
  assert.throws(() => expressSessions((() => {}) as never, none), /expressSessions needs/);
});

test("an emitter needs a binding, or an address that requests can be sent to", () => {
  for (const address of ["chat.example/emit", "localhost:8787/emit", "ws://chat.example/emit"]) {
    assert.throws(() => emitter(address, { secret: SECRET }), {
      name: "TypeError",
      message: `dormouse: emitter needs a binding, or an address such as "https://chat.example/emit", got "${address}"`,
    });
  }
  emitter(new URL("http://localhost:8787/emit"), { secret: SECRET });
  emitter(BINDING);
  assert.throws(() => emitter(undefined as never), /needs the binding of a Durable Object class/);
});
