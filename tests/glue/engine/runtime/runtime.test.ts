// The runtime: faults, listeners that throw, sleep in the middle of things, traps.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as jsonParser from "socket.io-parser";
import { CoreTrap } from "../../../../glue/core/errors.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** What a malformed frame leads to: the error's message, upstream's reason, the close reason. */
const FAULTS: [string, (string | Uint8Array)[], string | undefined, string, string][] = [
  ["no packet type", ["4"], "unknown packet type NaN", "forced close", "parse error"],
  ["an unknown packet type", ["47"], "unknown packet type 7", "forced close", "parse error"],
  ["an unknown engine packet", ["9"], undefined, "parse error", "parse error"],
  ["an event that is no JSON", ["42[x"], "invalid payload", "forced close", "parse error"],
  ["an event that is no array", ["42{}"], "invalid payload", "forced close", "parse error"],
  ["a reserved event", ['42["connect"]'], "invalid payload", "forced close", "parse error"],
  ["an ack that is no array", ["431{}"], "invalid payload", "forced close", "parse error"],
  ["a payload of a DISCONNECT", ["41[]"], "invalid payload", "forced close", "parse error"],
  ["no attachment count", ['45["a"]'], "Illegal attachments", "forced close", "parse error"],
  ["too many attachments", ['4511-["a"]'], "too many attachments", "forced close", "parse error"],
  [
    "binary data out of place",
    [new Uint8Array(1)],
    "got binary data when not reconstructing a packet",
    "forced close",
    "parse error",
  ],
  [
    "text in place of an attachment",
    ['451-["a",{"_placeholder":true,"num":0}]', '42["a"]'],
    "got plaintext data when reconstructing a packet",
    "forced close",
    "parse error",
  ],
  [
    "a placeholder without attachment",
    ['451-["a",{"_placeholder":true,"num":1}]', new Uint8Array(1)],
    "illegal attachments",
    "forced close",
    "parse error",
  ],
  [
    "the text of a binary event that is no JSON",
    ["451-[x"],
    "invalid payload",
    "forced close",
    "parse error",
  ],
  ["a second CONNECT", ["40"], undefined, "forced close", "invalid state"],
  ["a CONNECT_ERROR", ['44{"message":"x"}'], undefined, "forced close", "invalid state"],
  [
    "an event for a namespace it is not in",
    ['42/x,["a"]'],
    undefined,
    "forced close",
    "invalid state",
  ],
  ["a ping", ["2"], undefined, "transport error", "invalid heartbeat direction"],
];

for (const [what, frames, message, reason, closeReason] of FAULTS) {
  test(`${what}: ends that connection alone`, () => {
    const log: unknown[] = [];
    const server = new InMemoryServer((io) => {
      io.on("connection", (socket) => {
        socket.join("room");
        socket.on("error", (error: Error) => void log.push(error.message));
        socket.on("disconnect", (why) => void log.push(why));
        socket.on("hello", () => void io.to("room").emit("hello"));
      });
    });
    const [other, faulty] = [server.connect(), server.connect()];
    other.take();
    faulty.emit(...frames);
    assert.deepEqual(log, message === undefined ? [reason] : [message, reason]);
    assert.equal(faulty.closed?.reason, closeReason);
    faulty.take();
    other.emit('42["hello"]');
    assert.deepEqual(other.take(), ['42["hello"]']);
    assert.deepEqual(faulty.take(), []);
    assert.deepEqual(server.errors, []);
  });
}

test("an auth payload that is no object closes the connection before anybody hears of it", () => {
  let count = 0;
  const server = new InMemoryServer((io) => {
    io.use((_socket, next) => {
      count++;
      next();
    });
  });
  for (const payload of ["[]", "-1", '"a"', "null", "{", '{"a":1}x']) {
    const client = server.open().emit(`40${payload}`);
    assert.equal(client.closed?.reason, "parse error", payload);
  }
  assert.equal(count, 0);
  assert.equal(server.io.engine.clientsCount, 0);
});

for (const [what, options] of [
  ["as JSON", {}],
  ["through another parser", { parser: jsonParser }],
] as const) {
  test(`the auth payloads of all that a client joins are no more than one message, ${what}`, () => {
    let waiting: (() => void)[] = [];
    const server = new InMemoryServer(
      (io) => {
        io.of(/^\/room-/);
        io.of(/^\/slow-/).use((_socket, next) => void waiting.push(next));
      },
      { maxHttpBufferSize: 5_000, ...options },
    );
    const join = (name: string, length: number) => `40/${name},{"a":"${"x".repeat(length)}"}`;
    const honest = server.open().emit(join("room-1", 4_000), join("room-2", 100));
    // What it has left counts no more.
    for (let round = 0; round < 3; round++) honest.emit("41/room-1,", join("room-1", 4_000));
    assert.equal(honest.closed, undefined);
    assert.equal(honest.take().length, 5);
    const joined = server.open().emit(join("room-1", 2_000), join("room-2", 2_000));
    assert.equal(joined.closed, undefined);
    joined.emit(join("room-3", 2_000));
    assert.deepEqual(joined.closed, { code: 1009, reason: "too much auth data" });
    const asking = server.open().emit(join("slow-1", 4_000), join("slow-2", 4_000));
    assert.equal(asking.closed?.code, 1009);
    for (const next of waiting) next();
    waiting = [];
    assert.equal(server.io.engine.clientsCount, 1);
    assert.deepEqual(server.errors, []);
  });
}

for (const [what, fail] of [
  [
    "listeners",
    (server: InMemoryServer) => void server.connect().emit(...Array(500).fill('42["x"]')),
  ],
  [
    "middlewares",
    (server: InMemoryServer) => Array.from({ length: 500 }, () => server.connect("/no")),
  ],
] as const) {
  test(`of very many errors of ${what} some are reported, and how many were not`, () => {
    const server = new InMemoryServer((io) => {
      io.on("connection", (socket) => {
        socket.on("x", () => {
          throw new Error("thrown");
        });
      });
      io.of("/no").use(() => {
        throw new Error("thrown");
      });
    });
    const messages = () =>
      server.errors.splice(0).map(({ error }) => (error instanceof Error ? error.message : error));
    fail(server);
    const first = messages();
    // Ten more for each second that this takes.
    assert.ok(first.length >= 101 && first.length < 250, `${first.length} of 500 are reported`);
    assert.ok(first.includes("there are too many: of these, some are reported"));
    server.elapsed += 250;
    server.connect().emit('42["x"]');
    const told = messages();
    assert.match(String(told.at(-2)), /^\d+ were not reported$/);
    assert.equal(told.at(-1), "thrown");
    server.elapsed += 60_000;
    server.connect().emit(...Array(50).fill('42["x"]'));
    assert.deepEqual(messages(), Array(50).fill("thrown"));
    fail(server);
    messages();
    // A clock that is set back does not keep it silent until it has caught up.
    server.elapsed -= 60_000;
    server.connect().emit('42["x"]');
    assert.equal(messages().at(-1), "thrown");
  });
}

test("a message over the limit closes with 1009", () => {
  const server = new InMemoryServer(() => {}, { maxHttpBufferSize: 20 });
  const fitting = server.connect().emit('42["aaaaaaaaaaaaaa"]');
  assert.equal(fitting.closed, undefined);
  const text = server.connect().emit('42["aaaaaaaaaaaaaaa"]');
  assert.equal(text.closed?.code, 1009);
  const binary = server.connect().emit(new Uint8Array(21));
  assert.equal(binary.closed?.code, 1009);
});

test("what a listener throws is reported with the socket and its namespace, and goes no further", () => {
  const server = new InMemoryServer((io) => {
    io.of("/chat").on("connection", (socket) => {
      socket.on("throw", () => {
        throw new Error("thrown");
      });
      socket.on("hello", (answer) => answer("hi"));
    });
    io.engine.on("connection", () => {
      throw new Error("by an engine listener");
    });
  });
  const client = server.connect("/chat");
  const id = JSON.parse(String(client.take()[0]).slice(8)).sid;
  client.emit('42/chat,["throw"]', '42/chat,0["hello"]');
  assert.deepEqual(client.take(), ['43/chat,0["hi"]']);
  const [first, second] = server.errors;
  assert.match(String(first?.error), /by an engine listener/);
  assert.match(String(second?.error), /thrown/);
  assert.ok(second?.where.includes(id) && second.where.includes("/chat"), second?.where);
});

test("an echo of what is nested too deep throws in the listener and harms nobody", () => {
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.on("echo", (value) => void socket.emit("echo", value));
    });
  });
  const client = server.connect();
  client.take();
  const depth = 100_000;
  client.emit(`42["echo",${"[".repeat(depth)}${"]".repeat(depth)}]`, '42["echo",1]');
  assert.deepEqual(client.take(), ['42["echo",1]']);
  assert.match(String(server.errors[0]?.error), /RangeError/);
});

test("an object that is full refuses with 1013", () => {
  const server = new InMemoryServer(() => {});
  const limit = 32_768;
  for (let i = 0; i < limit; i++) server.open();
  assert.throws(() => server.open(), /full/);
  assert.equal(server.io.engine.clientsCount, limit);
});

test("a message is not dearer among many who are idle: they are not passed over with each", () => {
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => void socket.on("x", () => {}));
  });
  let looks = 0;
  for (let i = 0; i < 2_000; i++) {
    const { connection } = server.open();
    const details = connection._details;
    Object.defineProperty(connection, "_details", {
      get: () => {
        looks += 1;
        return details;
      },
    });
  }
  const client = server.connect();
  looks = 0;
  for (let i = 0; i < 100; i++) client.emit('42["x"]');
  assert.ok(looks < 20_000, `${looks} looks at 2,000 connections for 100 messages`);
});

test("ids are 20 URL-safe characters, and never repeat", () => {
  const { runtime } = new InMemoryServer(() => {});
  const ids = new Set<string>();
  for (let i = 0; i < 10_000; i++) ids.add(runtime.generateId());
  assert.equal(ids.size, 10_000);
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{20}$/);
});

// --- sleep -------------------------------------------------------------------------------------------

test("a sleep between the parts of a binary packet loses nothing", () => {
  const received: unknown[] = [];
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.on("files", (...files) => void received.push(...files));
    });
  };
  const parts = [
    '452-["files",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]',
    new Uint8Array([1]),
    new Uint8Array([2]),
  ];
  const client = new InMemoryServer(setup).connect();
  for (const part of parts) {
    client.emit(part);
    new InMemoryServer(setup, {}, [client]);
  }
  assert.deepEqual(received, [Buffer.from([2]), Buffer.from([1])]);
});

test("a sleep while a middleware runs: it runs again, with the same auth", async () => {
  const tokens: unknown[] = [];
  const never = (io: Server): void => {
    io.use((socket) => void tokens.push(socket.handshake.auth.token));
  };
  const client = new InMemoryServer(never).connect("/", { token: "t" });
  await settle();
  client.take();
  new InMemoryServer(
    (io) => {
      io.use((socket, next) => {
        tokens.push(socket.handshake.auth.token);
        next();
      });
    },
    {},
    [client],
  );
  await settle();
  assert.deepEqual(tokens, ["t", "t"]);
  assert.match(String(client.take()[0]), /^40\{"sid":/);
});

test("a snapshot that cannot be read costs that client its connection alone", () => {
  const server = new InMemoryServer(() => {});
  const [good, bad, foreign] = [server.connect(), server.connect(), server.connect()];
  const later = new InMemoryServer(() => {}, {}, [good]);
  const { runtime } = later;
  assert.ok(bad.snapshot && foreign.snapshot);
  const truncated = { ...bad.snapshot, core: bad.snapshot.core.slice(0, 10) };
  assert.equal(runtime.restore(bad, truncated), undefined);
  assert.equal(bad.closed?.code, 1012);
  const glue = { version: 99 };
  assert.equal(runtime.restore(foreign, { ...foreign.snapshot, glue }), undefined);
  assert.equal(foreign.closed?.code, 1012);
  assert.equal(later.io.engine.clientsCount, 1);
  assert.equal(good.closed, undefined);
});

// --- traps -------------------------------------------------------------------------------------------

/** A module with one function, `trap`, that does what its name says. */
const TRAP = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0,
  10, 5, 1, 3, 0, 0, 11,
]);

test("after a trap nobody is left in between: restored, or closed", () => {
  let isArmed = false;
  const RealInstance = WebAssembly.Instance;
  const { trap } = new RealInstance(new WebAssembly.Module(TRAP)).exports as { trap(): void };
  // The core has no way to trap on demand: one of its exports gets one.
  WebAssembly.Instance = class {
    exports: WebAssembly.Exports;
    constructor(module: WebAssembly.Module) {
      const { exports } = new RealInstance(module, {});
      const handle = exports.dm_handle_binary as (...args: number[]) => number;
      const handleOrTrap = (...args: number[]) => (isArmed ? trap() : handle(...args));
      this.exports = { ...exports, dm_handle_binary: handleOrTrap };
    }
  } as typeof WebAssembly.Instance;
  try {
    const server = new InMemoryServer((io) => {
      io.on("connection", (socket) => void socket.on("echo", (a) => void socket.emit("echo", a)));
    });
    const client = server.connect();
    isArmed = true;
    client.emit(new Uint8Array(1));
    isArmed = false;
    assert.ok(server.errors.some(({ error }) => error instanceof CoreTrap));
    assert.ok(client.closed, "this host keeps nothing that could be restored");
    assert.equal(server.io.engine.clientsCount, 0);
    const next = server.connect();
    next.take();
    next.emit('42["echo",1]');
    assert.deepEqual(next.take(), ['42["echo",1]']);
  } finally {
    WebAssembly.Instance = RealInstance;
  }
});
