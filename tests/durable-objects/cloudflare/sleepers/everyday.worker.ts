/** Servers as people write them. */
import type { Server, Socket } from "dormouse-io";
import { describe, type Named } from "./describe.worker.ts";
import { type Note, noteEnds, watchedServer } from "./watched-server.worker.ts";

function everyday(io: Server, note: Note): void {
  io.use((socket, next) => {
    note("middleware");
    socket.data.middlewares = (socket.data.middlewares ?? 0) + 1;
    next();
  });
  io.on("connection", (socket: Socket & Named) => {
    note("connection", socket.restored);
    socket.data.connections = (socket.data.connections ?? 0) + 1;
    socket.data.nested = { list: [1] };
    if (!socket.restored) socket.nickname = `nick of ${socket.handshake.auth.name}`;
    socket.greet = () => `hello ${socket.nickname}`;
    socket.join("all");
    socket.leave("lobby");
    socket.emit("welcome");
    socket.broadcast.emit("newcomer", socket.id);
    io.emit("everyone", socket.id);
    const { nested } = socket.data;
    socket.on("describe", (ack) => ack(describe(socket)));
    socket.on("join", (room, ack) => ack(socket.join(room)));
    socket.on("leave", (room, ack) => ack(socket.leave(room)));
    socket.on("set", (key, value, ack) => {
      socket.data[key] = value;
      ack();
    });
    socket.on("push", (ack) => ack(nested.list.push(nested.list.length + 1)));
    socket.on("name", (name, ack) => {
      socket.nickname = name;
      ack();
    });
    socket.on("say", (room, text) => socket.to(room).emit("said", text));
    socket.on("picture", (picture, ack) => io.emit("picture", picture, () => {}) && ack(picture));
    socket.on("kick", async (id, close, ack) => {
      io.in(id).disconnectSockets(close);
      ack();
    });
    socket.on("crash", () => {
      throw new Error("a listener's fault");
    });
    socket.on("look", async (ack) => {
      const { adapter, sockets } = io.sockets;
      const sids = Object.fromEntries([...adapter.sids].map(([id, rooms]) => [id, [...rooms]]));
      const rooms = Object.fromEntries([...adapter.rooms].map(([room, ids]) => [room, [...ids]]));
      const fetched = (await io.fetchSockets()).map(({ id, data, rooms }) => {
        return { id, data, rooms: [...rooms] };
      });
      ack({ sockets: [...sockets.keys()], sids, rooms, fetched });
    });
    noteEnds(socket, note);
  });
}

export const Everyday = watchedServer(everyday);
export const Protocol3 = watchedServer(everyday, { allowEIO3: true });
export const Awake = watchedServer(everyday, { hibernate: false });
