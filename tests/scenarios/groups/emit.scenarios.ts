/**
 * Emitting and receiving: values, names, order, several arguments, the emitter's own methods.
 *
 * Normalised: ids (names of the clients).
 */
import type { Socket } from "socket.io";
import { scenarios } from "../scenario.ts";

const VALUES: unknown[] = [
  null,
  true,
  false,
  0,
  -1.5,
  1e21,
  "",
  "plain",
  'quotes " and \\ and \n and \u2028',
  "emoji 🐭 and ünïcödé",
  "\u0000\u001f",
  "2",
  "42[",
  [],
  {},
  [[[]]],
  { a: { b: [1, { c: null }] } },
  { "": 1, "with space": 2, __proto__x: 3 },
];

export const EMIT = scenarios([
  {
    name: "emit: JSON values survive both ways",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("value", (value) => {
          log("value", value);
          socket.emit("value", value);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      for (const value of VALUES) await alice.emit("value", value);
      await alice.received("value", VALUES.length);
      t.expect.deepEqual(
        alice.log.slice(1).map(([, value]) => value),
        VALUES,
      );
      t.expect.deepEqual(
        (await t.serverLog()).map(([, value]) => value),
        VALUES,
      );
    },
  },
  {
    name: "emit: values that JSON has not are sent as JSON.stringify sends them",
    server(io) {
      io.on("connection", (socket) => {
        socket.emit("values", undefined, Number.NaN, Number.POSITIVE_INFINITY, -0);
        socket.emit("object", { gone: undefined, kept: null, date: new Date(0), map: new Map() });
        socket.emit("list", [undefined, () => 1], { toJSON: () => "from toJSON" });
        socket.emit("holes", new Array(2), Object("boxed"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("holes");
      t.expect.deepEqual(alice.log.slice(1), [
        ["values", null, null, null, 0],
        ["object", { kept: null, date: "1970-01-01T00:00:00.000Z", map: {} }],
        ["list", [null, null], "from toJSON"],
        ["holes", [null, null], "boxed"],
      ]);
    },
  },
  {
    name: "emit: any number of arguments",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("args", (...args) => {
          log("args", ...args);
          socket.emit("args", ...args);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("args");
      await alice.emit("args", 1);
      await alice.emit("args", ...Array.from({ length: 50 }, (_, index) => index));
      await alice.received("args", 3);
      t.expect.deepEqual(
        (await t.serverLog()).map((entry) => entry.length - 1),
        [0, 1, 50],
      );
      t.expect.deepEqual(
        alice.log.slice(1).map((entry) => entry.length - 1),
        [0, 1, 50],
      );
    },
  },
  {
    name: "emit: event names may be unusual",
    server(io, log) {
      io.on("connection", (socket) => {
        for (const name of ["", "ü 🐁", "__proto__", "constructor", "toString", "a\nb"]) {
          socket.on(name, (value) => {
            log("got", name, value);
            socket.emit(name, value);
          });
        }
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      for (const name of [
        "",
        "ü 🐁",
        "__proto__",
        "constructor",
        "toString",
        "a\nb",
        "unheard of",
      ]) {
        await alice.emit(name, { name });
      }
      await alice.received("a\nb");
      t.expect.deepEqual(
        (await t.serverLog()).map(([, name]) => name),
        ["", "ü 🐁", "__proto__", "constructor", "toString", "a\nb"],
      );
    },
  },
  {
    name: "emit: a number is an event name",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on(1 as unknown as string, (value) => {
          log("one", value);
          socket.emit(2 as unknown as string, value);
        });
        socket.onAny((name) => log("any", name));
      });
    },
    async client(t) {
      const alice = await t.raw("alice");
      await alice.connect();
      await alice.send('42[1,"hello"]');
      await alice.count(3);
      t.expect.equal(alice.frames[2], '42[2,"hello"]');
      t.expect.deepEqual(await t.serverLog(), [
        ["any", 1],
        ["one", "hello"],
      ]);
    },
  },
  {
    name: "emit: a number and its text are one name for listeners",
    server(io, log) {
      io.on("connection", (socket) => {
        const three = 3 as unknown as string;
        socket.on(three, (value) => log("three", value));
        socket.once("4", (value) => log("four", value));
        log("count", socket.listenerCount("3"), socket.listenerCount(three));
        socket.on("remove", () => {
          socket.removeAllListeners(three);
          log("left", socket.listenerCount("3"), socket.listeners(three).length);
        });
      });
    },
    async client(t) {
      const alice = await t.raw("alice");
      await alice.connect();
      for (const frame of [
        '42[3,"n"]',
        '42["3","t"]',
        '42[4,"n"]',
        '42["4","t"]',
        '42["remove"]',
      ]) {
        await alice.send(frame);
        await alice.fence();
        await alice.fence();
      }
      t.expect.deepEqual(await t.serverLog(), [
        ["count", 1, 1],
        ["three", "n"],
        ["three", "t"],
        ["four", "n"],
        ["left", 0, 0],
      ]);
    },
  },
  {
    name: "emit: off without a listener is an error, and removes none",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("one", (value) => log("one", value));
        socket.on("go", (answer) => {
          for (const emitter of [socket, io, io.engine]) {
            try {
              (emitter as unknown as { off(name: string): void }).off("one");
              log("nothing is thrown");
            } catch (error) {
              log("thrown", (error as Error).name, (error as Error).message);
            }
          }
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.ask("go");
      await alice.deliver("one", 1);
      const message = 'The "listener" argument must be of type function. Received undefined';
      t.expect.deepEqual(await t.serverLog(), [
        ...Array.from({ length: 3 }, () => ["thrown", "TypeError", message]),
        ["one", 1],
      ]);
    },
  },
  {
    name: "emit: send and write are message events",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("message", (...args) => {
          log("message", ...args);
          log("returns itself", socket.send("a", 1) === socket, socket.write("b") === socket);
          log("server too", io.send("c") === io, io.write("d") === io);
          log(
            "namespace too",
            io.sockets.send("e") === io.sockets,
            io.sockets.write("f") === io.sockets,
          );
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.act((socket) => socket.send("hello", 2));
      await alice.received("message", 6);
      t.expect.deepEqual(alice.log.slice(1), [
        ["message", "a", 1],
        ["message", "b"],
        ["message", "c"],
        ["message", "d"],
        ["message", "e"],
        ["message", "f"],
      ]);
      t.expect.deepEqual(await t.serverLog(), [
        ["message", "hello", 2],
        ["returns itself", true, true],
        ["server too", true, true],
        ["namespace too", true, true],
      ]);
    },
  },
  {
    name: "emit: emit returns true",
    server(io, log) {
      io.on("connection", (socket) => {
        log("socket", socket.emit("a"), socket.broadcast.emit("b"), socket.to("r").emit("c"));
        log("server", io.emit("d"), io.to("nowhere").emit("e"), io.of("/").emit("f"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("f");
      t.expect.deepEqual(await t.serverLog(), [
        ["socket", true, true, true],
        ["server", true, true, true],
      ]);
      t.expect.deepEqual(alice.events, ["connect", "a", "d", "f"]);
    },
  },
  {
    name: "emit: what is sent in the connection listener arrives after the connect",
    server(io) {
      io.on("connection", (socket) => {
        socket.emit("a");
        io.emit("b");
        io.to(socket.id).emit("c");
        queueMicrotask(() => socket.emit("d"));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.frame('42["d"]');
      t.expect.deepEqual(raw.frames.slice(1), [
        '40{"sid":"<raw>"}',
        '42["a"]',
        '42["b"]',
        '42["c"]',
        '42["d"]',
      ]);
    },
  },
  {
    name: "emit: a burst arrives complete and in order",
    // The heartbeat's alarm comes behind all that waits, which may be long on a slow machine.
    options: { pingTimeout: 300_000 },
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("number", (number) => {
          socket.data.next = socket.data.next ?? 0;
          if (number !== socket.data.next) log("out of order", number);
          socket.data.next = number + 1;
          socket.emit("number", number);
          if (number === 499) log("last", socket.data.next);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.act((socket) => {
        for (let number = 0; number < 500; number++) socket.emit("number", number);
      });
      await alice.received("number", 500);
      t.expect.deepEqual(
        alice.log.slice(1).map(([, number]) => number),
        Array.from({ length: 500 }, (_, number) => number),
      );
      t.expect.deepEqual(await t.serverLog(), [["last", 500]]);
    },
  },
  {
    name: "emit: large messages in both directions",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("large", (text, list) => {
          log("large", text.length, list.length, list[9999]);
          socket.emit("large", text, list);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const text = "ä🐭".repeat(50_000);
      const list = Array.from({ length: 10_000 }, (_, index) => ({ index }));
      await alice.emit("large", text, list);
      const [backText, backList] = await alice.received("large");
      t.expect.ok(backText === text, "the text came back unchanged");
      t.expect.deepEqual(backList, list);
      t.expect.deepEqual(await t.serverLogged("large"), [150_000, 10_000, { index: 9999 }]);
    },
  },
  {
    name: "emit: nesting of a thousand levels survives",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("deep", (value) => void socket.emit("deep", value));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const deep = JSON.parse(`${"[".repeat(1000)}${"]".repeat(1000)}`);
      await alice.emit("deep", deep);
      const [back] = await alice.received("deep");
      t.expect.equal(JSON.stringify(back), JSON.stringify(deep));
    },
  },
  {
    name: "emit: several listeners run in order, once runs once, off removes",
    server(io, log) {
      io.on("connection", (socket) => {
        const removed = () => log("removed");
        socket.on("event", () => log("first"));
        socket.once("event", () => log("once"));
        socket.on("event", removed);
        socket.prependListener("event", () => log("prepended"));
        socket.off("event", removed);
        socket.addListener("event", () => log("last"));
        socket.on("count", (answer) => answer(socket.listenerCount("event")));
        socket.on("clear", (answer) => {
          socket.removeAllListeners("event");
          answer(socket.eventNames().includes("event"));
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("count"), 4);
      await alice.emit("event");
      t.expect.equal(await alice.ask("count"), 3);
      await alice.emit("event");
      t.expect.equal(await alice.ask("clear"), false);
      await alice.emit("event");
      await t.settle();
      t.expect.deepEqual(
        (await t.serverLog()).map(([event]) => event),
        ["prepended", "first", "once", "last", "prepended", "first", "last"],
      );
    },
  },
  {
    name: "emit: a listener's this is the socket",
    server(io, log) {
      io.on("connection", function (this: unknown, socket: Socket) {
        log("namespace", this === io.sockets);
        socket.on("event", function (this: unknown) {
          log("socket", this === socket);
        });
        socket.on("disconnect", function (this: unknown) {
          log("disconnect", this === socket);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("event");
      await t.settle();
      await alice.disconnect();
      t.expect.deepEqual(await t.serverLogged("namespace"), [true]);
      t.expect.deepEqual(await t.serverLogged("socket"), [true]);
      t.expect.deepEqual(await t.serverLogged("disconnect"), [true]);
    },
  },
  {
    name: "emit: the server's emitter methods are the main namespace's",
    awake: "a once() of the server is registered again by every wake",
    server(io, log) {
      const never = () => log("never");
      io.on("connection", never);
      io.off("connection", never);
      io.once("connection", () => log("once"));
      log("listeners", io.listenerCount("connection"), io.sockets.listeners("connection").length);
      log("chain", io.on("connection", () => log("on")) === (io.sockets as unknown));
    },
    async client(t) {
      await t.connect("alice");
      await t.connect("bob");
      await t.serverLogged("on", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["listeners", 1, 1],
        ["chain", true],
        ["once"],
        ["on"],
        ["on"],
      ]);
    },
  },
  {
    name: "emit: arguments are copies, what a listener does to them stays there",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("object", (value) => {
          const shared = { list: [value] };
          socket.emit("before", shared);
          shared.list.push("later");
          socket.emit("after", shared);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("object", { a: 1 });
      await alice.received("after");
      t.expect.deepEqual(alice.log.slice(1), [
        ["before", { list: [{ a: 1 }] }],
        ["after", { list: [{ a: 1 }, "later"] }],
      ]);
    },
  },
  {
    name: "emit: an event after the client's disconnect is ignored",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.onAny((event) => log("any", event));
        socket.on("disconnect", () => {
          log("disconnect");
          socket.emit("too late");
          socket.broadcast.emit("bye", { id: socket.id });
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.disconnect();
      await bob.received("bye");
      t.expect.deepEqual(bob.log, [["connect"], ["bye", { id: "<alice>" }]]);
      t.expect.deepEqual(alice.events, ["connect", "disconnect"]);
    },
  },
]);
