/**
 * Volatile emits: dropped while the transport is busy, and only they.
 *
 * What counts as busy on Node is "something was sent in this turn"; platform sockets have no drain
 * signal and must imitate that. Each scenario leaves the turn before it expects delivery.
 */
import { scenarios } from "../scenario.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

export const VOLATILE = scenarios([
  {
    name: "volatile: arrives when nothing else was sent in the turn",
    server(io) {
      io.on("connection", async (socket) => {
        await turn();
        socket.volatile.emit("one", 1);
        await turn();
        io.volatile.emit("two", 2);
        await turn();
        io.to(socket.id).volatile.emit("three", 3);
        await turn();
        socket.emit("end");
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("end");
      t.expect.deepEqual(alice.log.slice(1), [["one", 1], ["two", 2], ["three", 3], ["end"]]);
    },
  },
  {
    name: "volatile: dropped in the connection listener, where the connect was just sent",
    server(io) {
      io.on("connection", async (socket) => {
        socket.volatile.emit("dropped");
        await turn();
        socket.emit("end");
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("end");
      t.expect.deepEqual(alice.events, ["connect", "end"]);
    },
  },
  {
    name: "volatile: dropped behind a regular emit of the same turn; regular ones are not",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", () => {
          socket.emit("first");
          socket.volatile.emit("dropped");
          socket.emit("second");
          io.volatile.emit("dropped too");
          socket.emit("third");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("go");
      await alice.received("third");
      t.expect.deepEqual(alice.events, ["connect", "first", "second", "third"]);
    },
  },
  {
    name: "volatile: of several in one turn the first arrives",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", () => {
          for (let number = 0; number < 5; number++) socket.volatile.emit("number", number);
          setTimeout(() => socket.emit("end"), 5);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("go");
      await alice.received("end");
      t.expect.deepEqual(alice.log.slice(1), [["number", 0], ["end"]]);
    },
  },
  {
    name: "volatile: the flag belongs to one emit",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", () => {
          socket.volatile.emit("one");
          socket.emit("two");
          socket.emit("three");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("go");
      await alice.received("three");
      t.expect.deepEqual(alice.events, ["connect", "one", "two", "three"]);
    },
  },
  {
    name: "volatile: binary goes or is dropped as a whole",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", async () => {
          socket.volatile.emit("whole", Uint8Array.of(1), Uint8Array.of(2));
          await turn();
          socket.emit("regular");
          socket.volatile.emit("dropped", Uint8Array.of(3), Uint8Array.of(4));
          await turn();
          socket.emit("end");
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('42["go"]');
      await raw.frame('42["end"]');
      t.expect.deepEqual(raw.frames.slice(2), [
        '452-["whole",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
        { $bytes: "01" },
        { $bytes: "02" },
        '42["regular"]',
        '42["end"]',
      ]);
    },
  },
  {
    name: "volatile: a broadcast is dropped for the busy recipients only",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", () => {
          socket.emit("busy");
          io.volatile.emit("news");
          setTimeout(() => io.emit("end"), 5);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.emit("go");
      await Promise.all([alice.received("end"), bob.received("end")]);
      t.expect.deepEqual(alice.events, ["connect", "busy", "end"]);
      t.expect.deepEqual(bob.events, ["connect", "news", "end"]);
    },
  },
  {
    name: "volatile: an acknowledgement makes the transport busy",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("ask", (answer) => {
          answer("ok");
          socket.volatile.emit("dropped");
          setTimeout(() => socket.emit("end"), 5);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("ask"), "ok");
      await alice.received("end");
      t.expect.deepEqual(alice.events, ["connect", "end"]);
    },
  },
  {
    name: "volatile: socket.volatile.broadcast and socket.broadcast.volatile",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", async () => {
          socket.volatile.broadcast.emit("one");
          await turn();
          socket.broadcast.volatile.emit("two");
          await turn();
          socket.volatile.to(socket.id).emit("nobody");
          socket.broadcast.emit("end");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.emit("go");
      await bob.received("end");
      t.expect.deepEqual(bob.events, ["connect", "one", "two", "end"]);
      t.expect.deepEqual(alice.events, ["connect"]);
    },
  },
  {
    name: "volatile: to a disconnected socket nothing happens",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnect", () =>
          log("emit", socket.volatile.emit("gone"), io.volatile.emit("x")),
        );
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.cut();
      t.expect.deepEqual(await t.serverLogged("emit"), [true, true]);
    },
  },
]);
