/**
 * Ids that the application gives to sockets (`socket.id = …`): in middlewares, where upstream's maintainer
 * advises it, and later; two sockets of one id.
 */
import type { Server, Socket } from "socket.io";
import { scenarios } from "../scenario.ts";

/** Gives a socket another id, which upstream's types do not foresee. */
function rename(socket: Socket, id: string): void {
  (socket as { id: string }).id = id;
}

/** What clients may ask of the server in these scenarios. */
function serve(io: Server, socket: Socket): void {
  socket.on("join", (room, done) => {
    socket.join(room);
    done();
  });
  socket.on("leave", (room, done) => {
    socket.leave(room);
    done();
  });
  socket.on("to", (room, text) => void io.to(room).emit("said", text));
  socket.on("all", (text) => void io.emit("said", text));
  socket.on("others", (text) => void socket.broadcast.emit("said", text));
  socket.on("except", (room, text) => void io.except(room).emit("said", text));
  socket.on("self", (text) => void socket.emit("said", text));
  socket.on("who", async (answer) => {
    answer({
      id: socket.id,
      rooms: [...socket.rooms].sort(),
      sockets: (await io.fetchSockets()).map(({ id }) => id).sort(),
      ids: [...io.sockets.adapter.sids.keys()].sort(),
      members: [...io.sockets.adapter.rooms.keys()].sort(),
      known: io.sockets.sockets.has(socket.id),
    });
  });
}

/** Ids come from what clients say of themselves. */
function named(io: Server): void {
  io.use((socket, next) => {
    rename(socket, socket.handshake.auth.id);
    next();
  });
}

export const IDS = scenarios([
  {
    name: "ids: one that a middleware gives is the socket's everywhere",
    server(io, log) {
      named(io);
      io.on("connection", (socket) => {
        log("connection", socket.id, [...socket.rooms]);
        serve(io, socket);
        socket.on("disconnecting", (reason) =>
          log("disconnecting", socket.id, reason, [...socket.rooms]),
        );
        socket.on("disconnect", (reason) => log("disconnect", socket.id, reason));
      });
    },
    async client(t) {
      const anna = await t.connect("anna", { auth: { id: "user-anna" } });
      const bert = await t.connect("bert", { auth: { id: "user-bert" } });
      t.expect.deepEqual([anna.socket.id, bert.socket.id], ["user-anna", "user-bert"]);
      await bert.emit("to", "user-anna", "to anna");
      await anna.received("said");
      await anna.emit("others", "from anna");
      await bert.received("said");
      await bert.emit("except", "user-bert", "not to bert");
      await anna.received("said", 2);
      await anna.ask("join", "room");
      await bert.emit("to", "room", "to the room");
      await anna.received("said", 3);
      t.note("who", await anna.ask("who"));
      await anna.ask("leave", "room");
      await anna.act((socket) => socket.disconnect());
      await t.serverLogged("disconnect");
      t.note("who", await bert.ask("who"));
    },
  },
  {
    name: "ids: joins of a middleware after it, and another id from the next middleware",
    server(io) {
      named(io);
      io.use(async (socket, next) => {
        await Promise.resolve();
        rename(socket, `${socket.id}-2`);
        socket.join("early");
        next();
      });
      io.on("connection", (socket) => serve(io, socket));
    },
    async client(t) {
      const anna = await t.connect("anna", { auth: { id: "user-anna" } });
      t.expect.equal(anna.socket.id, "user-anna-2");
      await anna.emit("to", "early", "to the early");
      await anna.received("said");
      t.note("who", await anna.ask("who"));
    },
  },
  {
    name: "ids: a refused socket leaves nothing behind",
    server(io) {
      named(io);
      io.use((socket, next) => {
        socket.join("room");
        next(socket.id === "user-eve" ? new Error("not you") : undefined);
      });
      io.on("connection", (socket) => serve(io, socket));
    },
    async client(t) {
      await t.connect("eve", { auth: { id: "user-eve" } });
      const anna = await t.connect("anna", { auth: { id: "user-anna" } });
      t.note("who", await anna.ask("who"));
      t.expect.equal(anna.socket.id, "user-anna");
    },
  },
  {
    name: "ids: each namespace's own",
    server(io) {
      const chat = io.of("/chat");
      chat.use((socket, next) => {
        rename(socket, `chat-${socket.handshake.auth.id}`);
        next();
      });
      chat.on("connection", (socket) => {
        socket.on("to", (room, text) => void chat.to(room).emit("said", text));
      });
    },
    async client(t) {
      const anna = await t.connect("anna", { namespace: "/chat", auth: { id: "anna" } });
      t.expect.equal(anna.socket.id, "chat-anna");
      await anna.emit("to", "chat-anna", "hello");
      await anna.received("said");
    },
  },
  {
    name: "ids: of two sockets with one, the later has the rooms and the broadcasts",
    server(io, log) {
      named(io);
      io.on("connection", (socket) => {
        serve(io, socket);
        socket.on("disconnect", (reason) => log("disconnect", socket.id, reason));
      });
    },
    async client(t) {
      const first = await t.connect("first", { auth: { id: "user" } });
      const other = await t.connect("other", { auth: { id: "other" } });
      await first.ask("join", "room");
      const second = await t.connect("second", { auth: { id: "user" } });
      t.note("who", await first.ask("who"), await second.ask("who"));
      await other.emit("all", "to all");
      await other.emit("to", "room", "to the room");
      await other.emit("to", "user", "to the user");
      await second.received("said", 3);
      await first.emit("self", "to itself");
      await first.received("said");
      await first.ask("join", "another");
      await other.emit("to", "another", "to another room");
      await second.received("said", 4);
      t.note("who", await second.ask("who"));
      t.expect.deepEqual([first.socket.id, second.socket.id], ["user", "user"]);
    },
  },
  {
    name: "ids: when the earlier of two with one id goes, the later hears no broadcasts any more",
    server(io, log) {
      named(io);
      io.on("connection", (socket) => {
        serve(io, socket);
        socket.on("disconnect", (reason) => log("disconnect", socket.id, reason));
      });
    },
    async client(t) {
      const first = await t.connect("first", { auth: { id: "user" } });
      const other = await t.connect("other", { auth: { id: "other" } });
      const second = await t.connect("second", { auth: { id: "user" } });
      await second.ask("join", "room");
      await first.act((socket) => socket.disconnect());
      await t.serverLogged("disconnect");
      await other.emit("all", "to all");
      await other.received("said");
      await second.emit("self", "to itself");
      await second.received("said");
      t.note("who", await other.ask("who"));
      await second.act((socket) => socket.disconnect());
      await t.serverLogged("disconnect", 2);
      const third = await t.connect("third", { auth: { id: "user" } });
      await other.emit("to", "user", "to the third");
      await third.received("said");
      t.expect.equal(third.socket.id, "user");
    },
  },
  {
    name: "ids: when the later of two with one id goes, the earlier stays as it is",
    server(io, log) {
      named(io);
      io.on("connection", (socket) => {
        serve(io, socket);
        socket.on("disconnect", (reason) => log("disconnect", socket.id, reason));
      });
    },
    async client(t) {
      const first = await t.connect("first", { auth: { id: "user" } });
      const other = await t.connect("other", { auth: { id: "other" } });
      const second = await t.connect("second", { auth: { id: "user" } });
      await second.act((socket) => socket.disconnect());
      await t.serverLogged("disconnect");
      await other.emit("all", "to all");
      await other.received("said");
      await first.emit("self", "to itself");
      await first.received("said");
      await first.emit("others", "to others");
      await other.received("said", 2);
      t.note("who", await other.ask("who"));
      t.expect.equal(first.socket.id, "user");
    },
  },
  {
    name: "ids: one that is given after the connection is the socket's name for itself only",
    server(io) {
      io.on("connection", (socket) => {
        const before = socket.id;
        rename(socket, `late-${socket.handshake.auth.id}`);
        serve(io, socket);
        socket.on("before", (text) => void io.to(before).emit("said", text));
        socket.on("id", (answer) => answer(socket.id));
      });
    },
    async client(t) {
      const anna = await t.connect("anna", { auth: { id: "anna" } });
      const bert = await t.connect("bert", { auth: { id: "bert" } });
      t.expect.notEqual(anna.socket.id, "late-anna");
      t.note("id", await anna.ask("id"));
      await anna.emit("to", "late-anna", "to the new id");
      await anna.ask("join", "room");
      await anna.emit("to", "room", "to the room");
      await anna.emit("before", "to the old id");
      await anna.received("said");
      await bert.emit("others", "to others");
      await anna.received("said", 2);
      await bert.received("said");
    },
  },
]);
