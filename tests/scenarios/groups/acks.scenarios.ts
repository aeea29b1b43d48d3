/**
 * Acknowledgements in both directions, on one socket.
 *
 * Normalised: ids (names of the clients). Ack ids are not: they count from 0 per namespace.
 */
import { scenarios } from "../scenario.ts";

/** The acknowledgements a socket waits for: undocumented, but read by applications. */
function pending(socket: unknown): number {
  return (socket as { acks: Map<number, unknown> }).acks.size;
}

export const ACKS = scenarios([
  {
    name: "acks: a client's acknowledgement gets every argument",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("ask", (a, b, answer) => answer(a + b, [a, b], { b }));
        socket.on("nothing", (answer) => answer());
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.act((socket) => {
        socket.emit("ask", 1, 2, (...all: unknown[]) => alice.note("answer", ...all));
        socket.emit("nothing", (...all: unknown[]) => alice.note("nothing", all.length));
      });
      t.expect.deepEqual(await alice.received("answer"), [3, [1, 2], { b: 2 }]);
      t.expect.deepEqual(await alice.received("nothing"), [0]);
    },
  },
  {
    name: "acks: a handler's acknowledgement works once",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("ask", (answer) => {
          answer("first");
          answer("second");
          queueMicrotask(() => answer("third"));
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('420["ask"]', '421["ask"]');
      await raw.frame('431["first"]');
      await t.settle(raw);
      t.expect.deepEqual(raw.frames.slice(2), ['430["first"]', '431["first"]']);
    },
  },
  {
    name: "acks: the ids of a client are echoed, whatever they are",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("ask", (answer) => answer("ok"));
      });
      io.of("/a").on("connection", (socket) => {
        socket.on("ask", (answer) => answer("ok"));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.connect("/a");
      for (const id of ["0", "7", "123456789", "2147483648", "4294967296", "9007199254740991"]) {
        await raw.send(`42${id}["ask"]`, `42/a,${id}["ask"]`);
      }
      await raw.count(15);
      t.expect.deepEqual(raw.frames.slice(3, 5), ['430["ok"]', '43/a,0["ok"]']);
      t.expect.deepEqual(raw.frames.slice(-2), [
        '439007199254740991["ok"]',
        '43/a,9007199254740991["ok"]',
      ]);
    },
  },
  {
    name: "acks: answered later, in another order",
    awake: "the answers wait in the server's memory for each other",
    server(io) {
      io.on("connection", (socket) => {
        const waiting: ((value: string) => void)[] = [];
        socket.on("ask", (answer) => {
          waiting.unshift(answer);
          if (waiting.length === 3) for (const [index, send] of waiting.entries()) send(`${index}`);
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('420["ask"]', '421["ask"]', '422["ask"]');
      await raw.count(5);
      t.expect.deepEqual(raw.frames.slice(2), ['432["0"]', '431["1"]', '430["2"]']);
    },
  },
  {
    name: "acks: an answer given after the server has disconnected the socket still goes out",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("ask", async (answer) => {
          socket.disconnect();
          answer("too late");
          log("answered");
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('420["ask"]');
      await raw.frame("41");
      await t.serverLogged("answered");
      await t.settle(raw);
      t.expect.deepEqual(raw.frames.slice(2), ["41", '430["too late"]']);
    },
  },
  {
    name: "acks: a server's callback gets the client's arguments",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.emit("question", 6, 7, (...all: unknown[]) => log("answer", ...all));
      });
    },
    async client(t) {
      await t.connect("alice", {
        on: {
          question: (a: number, b: number, answer: (...all: unknown[]) => void) =>
            answer(a * b, "ok"),
        },
      });
      t.expect.deepEqual(await t.serverLogged("answer"), [42, "ok"]);
    },
  },
  {
    name: "acks: a server's ids count from 0 in each namespace, over all its sockets",
    server(io) {
      for (const name of ["/", "/a"]) {
        io.of(name).on("connection", (socket) => {
          socket.emit("q", () => {});
          socket.emit("no ack");
          socket.emit("q", () => {});
        });
      }
    },
    awake: "pending acknowledgements hold the object awake",
    async client(t) {
      const one = await t.raw("one");
      await one.connect();
      await one.connect("/a");
      const two = await t.raw("two");
      await two.connect();
      await two.count(5);
      await one.count(9);
      t.expect.deepEqual(one.frames.slice(1), [
        '40{"sid":"<one>"}',
        '420["q"]',
        '42["no ack"]',
        '421["q"]',
        '40/a,{"sid":"<one/a>"}',
        '42/a,0["q"]',
        '42/a,["no ack"]',
        '42/a,1["q"]',
      ]);
      t.expect.deepEqual(two.frames.slice(2), ['422["q"]', '42["no ack"]', '423["q"]']);
    },
  },
  {
    name: "acks: emitWithAck resolves with the first argument",
    server(io, log) {
      io.on("connection", async (socket) => {
        log("one", await socket.emitWithAck("question", 1));
        log("none", await socket.emitWithAck("question"));
      });
    },
    async client(t) {
      await t.connect("alice", {
        on: {
          question: (...args: unknown[]) => {
            const answer = args.pop() as (...all: unknown[]) => void;
            answer(...args.map((arg) => ({ arg })), ...args);
          },
        },
      });
      await t.serverLogged("none");
      t.expect.deepEqual(await t.serverLog(), [
        ["one", { arg: 1 }],
        ["none", { $undefined: true }],
      ]);
    },
  },
  {
    name: "acks: timeout calls back with an error when nobody answers",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.timeout(20).emit("question", (error: Error | null, ...rest: unknown[]) => {
          log("outcome", error, rest.length, error instanceof Error);
          log("pending", pending(socket));
        });
        log("pending", pending(socket));
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.serverLogged("pending", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["pending", 1],
        ["outcome", { $error: "operation has timed out" }, 0, true],
        ["pending", 0],
      ]);
    },
  },
  {
    name: "acks: timeout gives null and the answer when it comes in time",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.timeout(5000).emit("question", (error: Error | null, ...rest: unknown[]) => {
          log("outcome", error, ...rest);
          queueMicrotask(() => log("pending", pending(socket)));
        });
      });
    },
    async client(t) {
      await t.connect("alice", {
        on: { question: (answer: (...all: unknown[]) => void) => answer("a", "b") },
      });
      await t.serverLogged("pending");
      t.expect.deepEqual(await t.serverLog(), [
        ["outcome", null, "a", "b"],
        ["pending", 0],
      ]);
    },
  },
  {
    name: "acks: timeout(0) fails even if the client answers",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.timeout(0).emit("question", (error: Error | null) => log("outcome", error));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.frame('420["question"]');
      t.expect.deepEqual(await t.serverLogged("outcome"), [{ $error: "operation has timed out" }]);
    },
  },
  {
    name: "acks: a late answer is ignored and the socket goes on",
    awake: "the connection listener asks, and a wake asks again",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.timeout(10).emit("question", (error: Error | null) => {
          log("outcome", error);
          socket.emit("you are late");
        });
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.frame('42["you are late"]');
      await raw.send('430["too late"]', '420["hello"]');
      await raw.frame('430["still here"]');
      t.expect.deepEqual(await t.serverLog(), [["outcome", { $error: "operation has timed out" }]]);
    },
  },
  {
    name: "acks: timeout with emitWithAck resolves or rejects",
    server(io, log) {
      io.on("connection", async (socket) => {
        log("answer", await socket.timeout(5000).emitWithAck("answered", 1));
        try {
          log("answer", await socket.timeout(20).emitWithAck("unanswered"));
        } catch (error) {
          log("error", error);
        }
      });
    },
    async client(t) {
      await t.connect("alice", {
        on: { answered: (value: number, answer: (value: number) => void) => answer(value + 1) },
      });
      await t.serverLogged("error");
      t.expect.deepEqual(await t.serverLog(), [
        ["answer", 2],
        ["error", { $error: "operation has timed out" }],
      ]);
    },
  },
  {
    name: "acks: a timeout belongs to one emit only",
    awake: "the connection listener asks, and a wake asks again",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.timeout(20).emit("a", (...all: unknown[]) => log("a", ...all));
        socket.emit("b", (...all: unknown[]) => log("b", ...all));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await t.serverLogged("a");
      await raw.send('431["value"]');
      await t.serverLogged("b");
      t.expect.deepEqual(await t.serverLog(), [
        ["a", { $error: "operation has timed out" }],
        ["b", "value"],
      ]);
    },
  },
  {
    name: "acks: an answer to an unknown id, and a second answer, are ignored",
    awake: "the connection listener asks, and a wake asks again",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.emit("q", (value: unknown) => log("answer", value));
        socket.on("hello", (answer) => answer(pending(socket)));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('43999["unknown"]', '430["first"]', '430["second"]', '420["hello"]');
      await raw.frame("430[0]");
      t.expect.deepEqual(await t.serverLog(), [["answer", "first"]]);
      t.expect.ok(raw.open);
    },
  },
  {
    name: "acks: pending callbacks are not called when the client leaves",
    awake: "pending acknowledgements hold the object awake",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.emit("q", () => log("called"));
        socket.timeout(1_500).emit("q", (error: unknown) => log("timed out", error));
        socket.on("disconnect", () => log("disconnect"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("q", 2);
      await alice.disconnect();
      await t.serverLogged("timed out");
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnect"],
        ["timed out", { $error: "operation has timed out" }],
      ]);
    },
  },
  {
    name: "acks: a callback's this is the socket",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.emit("q", function (this: unknown) {
          log("this", this === socket);
        });
      });
    },
    async client(t) {
      await t.connect("alice", { on: { q: (answer: () => void) => answer() } });
      t.expect.deepEqual(await t.serverLogged("this"), [true]);
    },
  },
  {
    name: "acks: a chain of questions between both sides",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("start", async (answer) => {
          let value = 1;
          for (let step = 0; step < 5; step++) value = await socket.emitWithAck("double", value);
          log("value", value);
          answer(value);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice", {
        on: { double: (value: number, answer: (value: number) => void) => answer(value * 2) },
      });
      t.expect.equal(await alice.ask("start"), 32);
    },
  },
]);
