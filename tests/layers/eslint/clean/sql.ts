// State in the object's storage.
import { createServer } from "dormouse-io";
export class Room extends createServer((io, { ctx }) => {
  const { sql } = ctx.storage;
  sql.exec("CREATE TABLE IF NOT EXISTS said (text TEXT)");
  const started = new Date();
  io.use((socket, next) => {
    socket.data.since = started;
    next();
  });
  io.on("connection", (socket) => {
    if (!socket.restored) sql.exec("INSERT INTO said VALUES (?)", "joined");
    socket.on("say", (text: string) => {
      sql.exec("INSERT INTO said VALUES (?)", text);
      io.emit("said", text);
    });
  });
}) {
  count = 0;
  async fetch(request: Request) {
    return super.fetch(request);
  }
}
