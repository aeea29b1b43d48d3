// What connection listeners begin and do not wait for: a replay begins it again, and drops nothing of it.
import { createServer, type Socket } from "dormouse-io";

declare const db: { load(id: string): Promise<string>; insert(row: object): Promise<void> };

async function greet(socket: Socket): Promise<void> {
  socket.emit("loading");
  const name = await db.load(socket.id);
  socket.emit("hello", name); // expect: ask-restored
  socket.join(name); // expect: ask-restored
}

export const Chat = createServer((io) => {
  io.on("connection", (socket) => {
    void greet(socket);
    db.load("news").then((news) => socket.emit("news", news)); // expect: ask-restored
    (async () => {
      const room = await db.load("room");
      io.to(room).emit("joined", socket.id); // expect: ask-restored
    })();
    setImmediate(() => socket.emit("now")); // expect: no-timers
  });
});

export const Other = createServer((io) => {
  io.on("connection", (socket) => {
    socket.conn.on("packetCreate", console.log); // expect: no-late-listeners
    socket.client.conn.on("message", console.log); // expect: no-late-listeners
    fetch("https://example.com/visits").then(() => {
      fetch("https://example.com/visits", { method: "POST" }); // expect: ask-restored
      socket.timeout(100).emit("name?", (name: string) => io.emit("is here", name)); // expect: ask-restored
    });
  });
});
