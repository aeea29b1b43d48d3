/**
 * Order across features: listeners, acknowledgements, broadcasts, several sockets of one client.
 *
 * Normalised: ids (names of the clients).
 */
import { controls } from "../controls.ts";
import { scenarios } from "../scenario.ts";

export const ORDERING = scenarios([
  {
    name: "ordering: acknowledgement, emit and broadcast leave in the order of the calls",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", (answer) => {
          socket.emit("1");
          answer("2");
          io.emit("3");
          socket.emit("4", Uint8Array.of(4));
          io.to(socket.id).emit("5");
          socket.emit("6");
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('420["go"]');
      await raw.frame('42["6"]');
      t.expect.deepEqual(raw.frames.slice(2), [
        '42["1"]',
        '430["2"]',
        '42["3"]',
        '451-["4",{"_placeholder":true,"num":0}]',
        { $bytes: "04" },
        '42["5"]',
        '42["6"]',
      ]);
    },
  },
  {
    name: "ordering: what was sent before a disconnect arrives before it",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", (answer) => {
          answer("bye");
          socket.emit("last words", Uint8Array.of(1));
          io.emit("to all");
          socket.disconnect(true);
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('420["go"]');
      await raw.closed();
      t.expect.deepEqual(raw.log.slice(2), [
        ["frame", '430["bye"]'],
        ["frame", '451-["last words",{"_placeholder":true,"num":0}]'],
        ["frame", { $bytes: "01" }],
        ["frame", '42["to all"]'],
        ["frame", "41"],
        ["close"],
      ]);
    },
  },
  {
    name: "ordering: events sent just before leaving are handled before the disconnect",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("last", () => log("last"));
        socket.on("disconnect", () => log("disconnect"));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('42["last"]');
      await raw.close();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [["last"], ["disconnect"]]);
    },
  },
  {
    name: "ordering: events of one client are handled in order, also with slow listeners",
    server(io, log) {
      io.on("connection", (socket) => {
        let goOn = (): void => {};
        const allBegun = new Promise<void>((resolve) => {
          goOn = resolve;
        });
        socket.on("step", async (number) => {
          log("begin", number);
          if (number === 2) goOn();
          await allBegun;
          log("end", number);
        });
      });
    },
    awake: "an unfinished listener holds the object awake",
    async client(t) {
      const alice = await t.connect("alice");
      await alice.act((socket) => {
        for (const number of [0, 1, 2]) socket.emit("step", number);
      });
      await t.serverLogged("end", 3);
      const log = await t.serverLog();
      t.expect.deepEqual(log.slice(0, 3), [
        ["begin", 0],
        ["begin", 1],
        ["begin", 2],
      ]);
    },
  },
  {
    name: "ordering: a broadcast reaches the sockets in the order in which they joined",
    awake: "after a wake a room's members are in the order of their connections",
    server(io, log) {
      io.on("connection", (socket) => {
        const { name } = socket.handshake.auth;
        socket.join("room");
        socket.onAnyOutgoing((event) => log("out", event, name));
        socket.on("rejoin", (answer) => {
          socket.leave("room");
          socket.join("room");
          answer();
        });
      });
      controls(io, {
        all: () => io.emit("all"),
        room: () => io.to("room").emit("room"),
        fetch: async () =>
          (await io.in("room").fetchSockets()).map(({ handshake }) => handshake.auth.name),
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "alice" } });
      await t.connect("bob", { auth: { name: "bob" } });
      await t.connect("carol", { auth: { name: "carol" } });
      await alice.ask("rejoin");
      await t.control("all");
      await t.control("room");
      t.expect.deepEqual(await t.serverLog(), [
        ["out", "all", "alice"],
        ["out", "all", "bob"],
        ["out", "all", "carol"],
        ["out", "room", "bob"],
        ["out", "room", "carol"],
        ["out", "room", "alice"],
      ]);
      t.expect.deepEqual(await t.control("fetch"), ["bob", "carol", "alice"]);
    },
  },
  {
    name: "ordering: a listener that emits to others while it runs does not disturb their order",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("relay", (number) => {
          socket.broadcast.emit("relayed", number);
          if (number < 9) socket.emit("next", number + 1);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      alice.socket.on("next", (number: number) => alice.socket.emit("relay", number));
      await alice.emit("relay", 0);
      await bob.received("relayed", 10);
      t.expect.deepEqual(
        bob.log.slice(1).map(([, number]) => number),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      );
    },
  },
  {
    name: "ordering: a socket that disconnects in the middle of a round of listeners",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("go", () => {
          log("first");
          socket.disconnect();
        });
        socket.on("go", () => log("second", socket.connected));
        socket.on("disconnect", () => log("disconnect"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("go");
      await alice.disconnected();
      t.expect.deepEqual(await t.serverLog(), [["first"], ["disconnect"], ["second", false]]);
    },
  },
  {
    name: "ordering: two clients in conversation",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("to", (id, text, answer) => {
          io.to(id).emit("from", { id: socket.id, text });
          answer("sent");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      for (let round = 0; round < 5; round++) {
        t.expect.equal(await alice.ask("to", bob.socket.id, `ping ${round}`), "sent");
        await bob.received("from", round + 1);
        t.expect.equal(await bob.ask("to", alice.socket.id, `pong ${round}`), "sent");
        await alice.received("from", round + 1);
      }
      t.expect.deepEqual(alice.log.at(-1), ["from", { id: "<bob>", text: "pong 4" }]);
      t.expect.deepEqual(bob.log.at(-1), ["from", { id: "<alice>", text: "ping 4" }]);
    },
  },
]);
