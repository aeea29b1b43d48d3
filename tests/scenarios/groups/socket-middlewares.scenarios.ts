/**
 * `socket.use`: what it sees, changes and refuses.
 *
 * Normalised: ids (names of the clients).
 */
import { scenarios } from "../scenario.ts";

export const SOCKET_MIDDLEWARES = scenarios([
  {
    name: "socket.use: sees the event with its arguments, before the listeners",
    server(io, log) {
      io.on("connection", (socket) => {
        const self = socket.use((event, next) => {
          log("middleware", ...event);
          next();
        });
        log("returns itself", self === socket);
        socket.on("event", (...args) => log("event", ...args));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("event", 1, { a: 2 });
      await alice.deliver("unheard of");
      await t.serverLogged("middleware", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["returns itself", true],
        ["middleware", "event", 1, { a: 2 }],
        ["event", 1, { a: 2 }],
        ["middleware", "unheard of"],
      ]);
    },
  },
  {
    name: "socket.use: several run in order; the acknowledgement is the last argument",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.use((event, next) => {
          log("first", typeof event.at(-1));
          next();
        });
        socket.use(([name, ...args], next) => {
          log("second", name, args.length);
          next();
        });
        socket.on("ask", (answer) => answer("ok"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("ask"), "ok");
      t.expect.deepEqual(await t.serverLog(), [
        ["first", "function"],
        ["second", "ask", 1],
      ]);
    },
  },
  {
    name: "socket.use: an error becomes the socket's error event, and the listener is not called",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.use(([name], next) => {
          next(name === "forbidden" ? new Error("unauthorized event") : undefined);
        });
        socket.use(([name], next) => {
          log("second", name);
          next();
        });
        socket.on("error", (error) => log("error", error));
        socket.on("forbidden", () => log("forbidden"));
        socket.on("allowed", () => log("allowed"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("forbidden");
      await alice.deliver("allowed");
      await t.serverLogged("allowed");
      t.expect.deepEqual(await t.serverLog(), [
        ["error", { $error: "unauthorized event" }],
        ["second", "allowed"],
        ["allowed"],
      ]);
    },
  },
  {
    name: "socket.use: an error without an error listener does no harm",
    server(io) {
      io.on("connection", (socket) => {
        socket.use(([name], next) => next(name === "bad" ? new Error("bad") : undefined));
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("bad");
      t.expect.equal(await alice.ask("hello"), "still here");
    },
  },
  {
    name: "socket.use: the error listener may disconnect",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.use((_event, next) => next(new Error("unauthorized event")));
        socket.on("error", () => socket.disconnect());
        socket.on("disconnect", (reason) => log("disconnect", reason));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("anything");
      t.expect.equal(await alice.disconnected(), "io server disconnect");
      t.expect.deepEqual(await t.serverLogged("disconnect"), ["server namespace disconnect"]);
    },
  },
  {
    name: "socket.use: may change the event's arguments",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.use((event, next) => {
          event[1] = { wrapped: event[1] };
          event.push("added");
          next();
        });
        socket.on("event", (...args) => log("event", ...args));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("event", 1);
      t.expect.deepEqual(await t.serverLogged("event"), [{ wrapped: 1 }, "added"]);
    },
  },
  {
    name: "socket.use: onAny listeners run before it",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.use((_event, next) => {
          log("middleware");
          next();
        });
        socket.onAny(() => log("any"));
        socket.on("event", () => log("event"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("event");
      await t.serverLogged("event");
      t.expect.deepEqual(await t.serverLog(), [["any"], ["middleware"], ["event"]]);
    },
  },
  {
    name: "socket.use: an asynchronous one lets later events pass",
    awake: "an unfinished middleware holds the object awake",
    server(io, log) {
      io.on("connection", (socket) => {
        let pass = (): void => {};
        const passed = new Promise<void>((resolve) => {
          pass = resolve;
        });
        socket.use(async ([name], next) => {
          if (name === "slow") await passed;
          next();
        });
        socket.on("slow", () => log("slow"));
        socket.on("fast", () => {
          log("fast");
          pass();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.act((socket) => {
        socket.emit("slow");
        socket.emit("fast");
      });
      await t.serverLogged("slow");
      t.expect.deepEqual(await t.serverLog(), [["fast"], ["slow"]]);
    },
  },
  {
    name: "socket.use: an event that passes after the disconnect is dropped",
    awake: "an unfinished middleware holds the object awake",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.use(async (_event, next) => {
          await new Promise((resolve) => socket.once("disconnect", resolve));
          next();
          setTimeout(() => log("passed"), 10);
        });
        socket.on("event", () => log("event"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("event");
      await alice.disconnect();
      await t.serverLogged("passed");
      t.expect.deepEqual(await t.serverLog(), [["passed"]]);
    },
  },
  {
    name: "socket.use: acknowledgements of the client do not pass it",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.use(([name], next) => {
          log("middleware", name);
          next();
        });
        socket.emit("q", (value: unknown) => log("answer", value));
      });
    },
    async client(t) {
      await t.connect("alice", { on: { q: (answer: (value: number) => void) => answer(1) } });
      await t.serverLogged("answer");
      t.expect.deepEqual(await t.serverLog(), [["answer", 1]]);
    },
  },
]);
