/** Rooms that clients ask for. */
import { guard, RIGHT, rules } from "../rule.ts";

export const ROOMS = rules([
  {
    name: "join joins the rooms that validateRoomFn allows, but the helper's own; leave leaves",
    server(io, log) {
      guard(io, log, {
        validateRoomFn: async ({ socket, rooms }) => {
          log("asked", socket.id, rooms);
          return rooms.filter((room) => room !== "staff");
        },
        clientConnectedFn: ({ socket }) => {
          socket.on("rooms", (answer) => answer([...socket.rooms].slice(3)));
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      await alice.received("authenticated");
      await alice.emit("join", { rooms: ["music", "staff", "io-unauthorized", "art"] });
      const asked = ["music", "staff", "io-unauthorized", "art"];
      t.expect.deepEqual(await t.serverLogged("asked"), ["<alice>", asked]);
      t.expect.deepEqual(await alice.ask("rooms"), ["music", "art"]);
      await alice.emit("leave", { rooms: ["music", "never there"] });
      t.expect.deepEqual(await alice.ask("rooms"), ["art"]);
      await alice.emit("join", { rooms: ["staff"] });
      const reason = 'Join rejected | id: <alice> | rooms: ["staff"] | reason: no rooms allowed';
      t.expect.deepEqual(await t.serverLogged("warn"), [reason]);
      t.expect.deepEqual(await alice.ask("rooms"), ["art"]);
    },
  },
  {
    name: "without validateRoomFn, join is refused with a line in the log",
    server(io, log) {
      guard(io, log, {
        clientConnectedFn: ({ socket }) => {
          socket.on("rooms", (answer) => answer([...socket.rooms].slice(3)));
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      await alice.received("authenticated");
      await alice.emit("join", { rooms: ["music"] });
      const reason = "no validateRoomFn configured";
      const line = `Join rejected | id: <alice> | rooms: ["music"] | reason: ${reason}`;
      t.expect.deepEqual(await t.serverLogged("warn"), [line]);
      t.expect.deepEqual(await alice.ask("rooms"), []);
    },
  },
  {
    name: "validateRoomFn that throws, rejects or answers nonsense lets nobody in",
    server(io, log) {
      guard(io, log, {
        validateRoomFn: ({ rooms: [how] }) => {
          if (how === "throws") throw new Error("no database");
          if (how === "rejects") return Promise.reject(new Error("no network"));
          return (how === "text" ? "music" : [1, "music"]) as never;
        },
        clientConnectedFn: ({ socket }) => {
          socket.on("rooms", (answer) => answer([...socket.rooms].slice(3)));
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      await alice.received("authenticated");
      for (const how of ["throws", "rejects", "text", "mixed"]) {
        await alice.deliver("join", { rooms: [how] });
      }
      await t.serverLogged("error", 2);
      await t.serverLogged("warn", 2);
      t.expect.deepEqual(await alice.ask("rooms"), []);
    },
  },
  {
    name: "join and leave of any other shape are ignored with a line in the log, and disturb nobody",
    server(io, log) {
      guard(io, log, {
        validateRoomFn: ({ rooms }) => {
          log("asked", rooms);
          return rooms;
        },
        clientConnectedFn: ({ socket }) => {
          socket.on("rooms", (answer) => answer([...socket.rooms].slice(1)));
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      await alice.received("authenticated");
      const shapes = [
        [],
        [null],
        [7],
        ["music"],
        [["music"]],
        [{}],
        [{ rooms: null }],
        [{ rooms: "music" }],
        [{ rooms: { length: 1, 0: "music" } }],
        [{ rooms: [1, 2] }],
        [{ rooms: ["music", null] }],
        [{ rooms: [""] }],
        [{ rooms: [["music"]] }],
        [new Uint8Array([1])],
      ];
      for (const event of ["join", "leave"]) {
        for (const shape of shapes) await alice.emit(event, ...shape);
      }
      await t.serverLogged("warn", 2 * shapes.length);
      await alice.emit("join", { rooms: [] });
      t.expect.deepEqual(await alice.ask("rooms"), ["io-default", "io-notification"]);
      const log = await t.serverLog();
      t.expect.ok(log.every(([, line]) => /^(Join|Leave) rejected/.test(String(line))));
      t.expect.equal(log.length, 2 * shapes.length);
    },
  },
  {
    name: "a client cannot leave the room of its own id",
    server(io, log) {
      const helper = guard(io, log, {
        clientConnectedFn: ({ socket }) => {
          socket.on("tell", (text) => {
            helper.send({ destination: socket.id, payload: { topic: "told", data: text } });
          });
        },
      });
    },
    async client(t) {
      const alice = await t.connect("alice", RIGHT);
      await alice.emit("authenticate");
      await alice.received("authenticated");
      await alice.emit("leave", { rooms: [alice.socket.id] });
      await alice.emit("tell", "me");
      t.expect.deepEqual(await alice.received("told"), ["me"]);
    },
  },
]);
