/**
 * A chat with rooms, typing and presence, as an application for `socket.io` would write it. State
 * lives in `socket.data` and in rooms; presence is computed from the sockets that are there.
 */
import type { Server, Socket } from "socket.io";

/** How long one message may be. */
const MAX_LENGTH = 200;

type Reply = (answer: { ok: true } | { ok: false; error: string }) => void;

/** Registers the chat on a server. */
export function chat(io: Server): void {
  io.use((socket, next) => {
    const { nickname } = socket.handshake.auth;
    if (typeof nickname !== "string" || nickname.trim() === "") {
      return next(Object.assign(new Error("nickname required"), { data: { field: "nickname" } }));
    }
    for (const other of io.sockets.sockets.values()) {
      if (other.data.nickname === nickname) return next(new Error("nickname taken"));
    }
    socket.data.nickname = nickname;
    next();
  });

  io.on("connection", (socket) => {
    socket.emit("welcome", { nickname: socket.data.nickname, online: nicknames(io) });
    socket.broadcast.emit("online", nicknames(io));

    socket.on("enter", async (room: string, reply: Reply) => {
      if (socket.rooms.has(room)) return reply({ ok: false, error: "already there" });
      await socket.join(room);
      socket.to(room).emit("entered", { room, nickname: socket.data.nickname });
      socket.emit("present", { room, nicknames: nicknames(io, room) });
      reply({ ok: true });
    });

    socket.on("leave", (room: string, reply: Reply) => {
      if (room === socket.id || !socket.rooms.has(room)) {
        return reply({ ok: false, error: "not there" });
      }
      leave(socket, room);
      socket.leave(room);
      reply({ ok: true });
    });

    socket.on("say", ({ room, text }: { room: string; text: string }, reply: Reply) => {
      if (!socket.rooms.has(room)) return reply({ ok: false, error: "not there" });
      if (text.length > MAX_LENGTH) return reply({ ok: false, error: "too long" });
      setTyping(socket, room, false);
      const count = (socket.data.count ?? 0) + 1;
      socket.data.count = count;
      io.to(room).emit("said", { room, nickname: socket.data.nickname, text, count });
      reply({ ok: true });
    });

    socket.on("typing", (room: string) => setTyping(socket, room, true));
    socket.on("stopped typing", (room: string) => setTyping(socket, room, false));

    socket.on("disconnecting", () => {
      for (const room of socket.rooms) if (room !== socket.id) leave(socket, room);
    });
    socket.on("disconnect", () => io.emit("online", nicknames(io)));
  });
}

function nicknames(io: Server, room?: string): string[] {
  const members = room === undefined ? undefined : io.sockets.adapter.rooms.get(room);
  return [...io.sockets.sockets.values()]
    .filter(({ id }) => members === undefined || members.has(id))
    .map(({ data }) => data.nickname)
    .sort();
}

function leave(socket: Socket, room: string): void {
  setTyping(socket, room, false);
  socket.to(room).emit("left", { room, nickname: socket.data.nickname });
}

function setTyping(socket: Socket, room: string, typing: boolean): void {
  const rooms: string[] = socket.data.typingIn ?? [];
  if (!socket.rooms.has(room) || rooms.includes(room) === typing) return;
  socket.data.typingIn = typing ? [...rooms, room] : rooms.filter((other) => other !== room);
  const event = typing ? "typing" : "stopped typing";
  socket.to(room).emit(event, { room, nickname: socket.data.nickname });
}
