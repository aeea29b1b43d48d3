// What connection listeners begin, and wait for; or what is not to begin again.
import { createServer, type Socket } from "dormouse-io";

declare const db: { load(id: string): Promise<string> };

async function greet(socket: Socket): Promise<void> {
  socket.emit("hello", await db.load(socket.id));
}

export const Chat = createServer((io) => {
  io.engine.on("connection", (conn) => conn.on("packet", ({ type }) => console.log(type)));
  io.on("connection", async (socket) => {
    await greet(socket);
    await db.load("news").then((news) => socket.emit("news", news));
    if (!socket.restored) db.load("room").then((room) => io.to(room).emit("joined", socket.id));
    db.load("log").then(console.log, console.error);
  });
  io.on("connection", (socket) => greet(socket));
  io.on("connection", (socket) => {
    socket.conn.on("close", (reason) => console.log(reason));
    db.load("settings").catch(() => socket.emit("failed"));
    socket.on("ask", () => {
      db.load("answer").then((answer) => socket.emit("answer", answer));
    });
  });
});
