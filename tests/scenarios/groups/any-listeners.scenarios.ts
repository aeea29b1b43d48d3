/**
 * `onAny` and its family, for incoming and outgoing events.
 *
 * Normalised: ids (names of the clients).
 */
import { scenarios } from "../scenario.ts";

export const ANY_LISTENERS = scenarios([
  {
    name: "onAny: hears every event with its arguments, before the listeners",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("known", () => log("known"));
        const self = socket.onAny((event, ...args) => log("any", event, ...args));
        log("returns itself", self === socket);
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("known", 1);
      await alice.deliver("unknown", { a: 2 }, Buffer.from("x"));
      await t.serverLogged("any", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["returns itself", true],
        ["any", "known", 1],
        ["known"],
        ["any", "unknown", { a: 2 }, { $bytes: "78" }],
      ]);
    },
  },
  {
    name: "onAny: the acknowledgement is among the arguments and may be used",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.onAny((_event, ...args) => {
          log("last", typeof args.at(-1));
          args.at(-1)("from onAny");
        });
        socket.on("ask", (answer) => answer("from the listener"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("ask"), "from onAny");
      t.expect.deepEqual(await t.serverLog(), [["last", "function"]]);
    },
  },
  {
    name: "onAny: prependAny goes first, offAny removes one or all",
    server(io, log) {
      io.on("connection", (socket) => {
        const first = () => log("first");
        const second = () => log("second");
        socket.onAny(first);
        socket.onAny(second);
        socket.prependAny(() => log("prepended"));
        log("count", socket.listenersAny().length, socket.listenersAny()[1] === first);
        socket.on("remove one", () => void socket.offAny(first));
        socket.on("remove all", () => log("left", socket.offAny().listenersAny().length));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      for (const event of ["event", "remove one", "event", "remove all", "event"]) {
        await alice.deliver(event);
      }
      await t.settle();
      t.expect.deepEqual(
        (await t.serverLog()).map(([event]) => event),
        [
          "count",
          ...["prepended", "first", "second"],
          ...["prepended", "first", "second"],
          ...["prepended", "second"],
          ...["prepended", "second", "left"],
        ],
      );
      t.expect.deepEqual(await t.serverLogged("count"), [3, true]);
      t.expect.deepEqual(await t.serverLogged("left"), [0]);
    },
  },
  {
    name: "onAny: lists are empty before the first listener; removing an unknown one is harmless",
    server(io, log) {
      io.on("connection", (socket) => {
        log("incoming", socket.listenersAny(), socket.offAny(() => {}) === socket);
        log("outgoing", socket.listenersAnyOutgoing(), socket.offAnyOutgoing() === socket);
      });
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLogged("incoming"), [[], true]);
      t.expect.deepEqual(await t.serverLogged("outgoing"), [[], true]);
    },
  },
  {
    name: "onAny: a listener that removes another one does not disturb the round",
    server(io, log) {
      io.on("connection", (socket) => {
        const second = () => log("second");
        socket.onAny(() => {
          log("first");
          socket.offAny(second);
        });
        socket.onAny(second);
        socket.onAny(() => log("third"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("a");
      await alice.deliver("b");
      await t.serverLogged("third", 2);
      t.expect.deepEqual(
        (await t.serverLog()).map(([event]) => event),
        ["first", "second", "third", "first", "third"],
      );
    },
  },
  {
    name: "onAny: does not hear acknowledgements, nor connect and disconnect",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.onAny((event) => log("any", event));
        socket.emit("q", () => log("answer"));
        socket.on("disconnect", () => log("disconnect"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { on: { q: (answer: () => void) => answer() } });
      await t.serverLogged("answer");
      await alice.disconnect();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [["answer"], ["disconnect"]]);
    },
  },
  {
    name: "onAny: hears an event named error",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.onAny((event, ...args) => log("any", event, ...args));
        socket.on("error", (value) => log("error", value));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("error", "from the client");
      await t.serverLogged("error");
      t.expect.deepEqual(await t.serverLog(), [
        ["any", "error", "from the client"],
        ["error", "from the client"],
      ]);
    },
  },
  {
    name: "onAnyOutgoing: hears emits and broadcasts to the socket, not acknowledgements",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.join("room");
        const self = socket.onAnyOutgoing((event, ...args) => log("out", event, ...args));
        log("returns itself", self === socket);
        socket.on("go", (answer) => {
          socket.emit("direct", 1);
          socket.send("message");
          io.emit("all", 2);
          io.to("room").emit("room", 3);
          socket.broadcast.emit("others", 4);
          answer("not heard");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.ask("go");
      t.expect.deepEqual(await t.serverLog(), [
        ["returns itself", true],
        ["out", "direct", 1],
        ["out", "message", "message"],
        ["out", "all", 2],
        ["out", "room", 3],
      ]);
    },
  },
  {
    name: "onAnyOutgoing: a callback of emit is not among the arguments",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.onAnyOutgoing((...all) => log("out", ...all));
        socket.emit("q", 1, (value: unknown) => log("answer", value));
      });
    },
    async client(t) {
      await t.connect("alice", {
        on: { q: (_value: number, answer: (value: string) => void) => answer("ok") },
      });
      await t.serverLogged("answer");
      t.expect.deepEqual(await t.serverLog(), [
        ["out", "q", 1],
        ["answer", "ok"],
      ]);
    },
  },
  {
    name: "onAnyOutgoing: goes before what is emitted is encoded, and behind it for a broadcast",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.onAnyOutgoing((event, value) => {
          log("out", event);
          if (typeof value === "object") value.seen = event;
        });
        socket.on("go", (answer) => {
          socket.emit("direct", {});
          socket.timeout(50).emit("question", {}, () => {});
          io.emit("all", {});
          try {
            socket.emit("cannot be encoded", 1n);
          } catch {
            log("thrown");
          }
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.ask("go");
      t.expect.deepEqual(await alice.received("direct"), [{ seen: "direct" }]);
      t.expect.deepEqual(await alice.received("all"), [{}]);
      t.expect.deepEqual(await t.serverLog(), [
        ["out", "direct"],
        ["out", "question"],
        ["out", "all"],
        ["out", "cannot be encoded"],
        ["thrown"],
      ]);
    },
  },
  {
    name: "onAnyOutgoing: each recipient of a broadcast hears it",
    server(io, log) {
      io.on("connection", (socket) => {
        const { name } = socket.handshake.auth;
        socket.onAnyOutgoing((event) => log("out", name, event));
        socket.on("go", (answer) => {
          socket.broadcast.emit("others");
          io.emit("all");
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "alice" } });
      await t.connect("bob", { auth: { name: "bob" } });
      await alice.ask("go");
      t.expect.deepEqual(await t.serverLog(), [
        ["out", "bob", "others"],
        ["out", "alice", "all"],
        ["out", "bob", "all"],
      ]);
    },
  },
  {
    name: "onAnyOutgoing: prependAnyOutgoing goes first, offAnyOutgoing removes one or all",
    server(io, log) {
      io.on("connection", (socket) => {
        const first = () => log("first");
        socket.onAnyOutgoing(first);
        socket.prependAnyOutgoing(() => log("prepended"));
        log("count", socket.listenersAnyOutgoing().length);
        socket.emit("a");
        socket.offAnyOutgoing(first);
        socket.emit("b");
        socket.offAnyOutgoing();
        socket.emit("c");
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("c");
      t.expect.deepEqual(await t.serverLog(), [
        ["count", 2],
        ["prepended"],
        ["first"],
        ["prepended"],
      ]);
    },
  },
  {
    name: "onAny: what is done to the array of listeners is done to them",
    server(io, log) {
      io.on("connection", (socket) => {
        for (const name of ["one", "two", "three"]) socket.onAny(() => log(name));
        socket.on("shift", (answer) => {
          socket.listenersAny().shift();
          answer();
        });
        socket.on("last", (answer) => {
          socket.offAny(socket.listenersAny().at(-1));
          answer();
        });
        socket.on("clear", (answer) => {
          socket.listenersAny().length = 0;
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      for (const event of ["shift", "hello", "last", "hello", "clear", "hello"]) {
        if (event === "hello") await alice.deliver(event);
        else await alice.ask(event);
      }
      const names = (await t.serverLog()).map(([name]) => name);
      t.expect.deepEqual(names, [
        ...["one", "two", "three"], // shift
        ...["two", "three", "two", "three"], // hello, last
        ...["two", "two"], // hello, clear
      ]);
    },
  },
  {
    name: "onAnyOutgoing: what is done to the array of listeners is done to them",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.onAnyOutgoing((event) => log("one", event));
        socket.onAnyOutgoing((event) => log("two", event));
        socket.on("go", (number) => {
          socket.emit("answer", number);
          socket.listenersAnyOutgoing().pop();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      for (const number of [1, 2, 3]) {
        await alice.deliver("go", number);
        await alice.received("answer", number);
      }
      t.expect.deepEqual(await t.serverLog(), [
        ["one", "answer"],
        ["two", "answer"],
        ["one", "answer"],
      ]);
    },
  },
]);
