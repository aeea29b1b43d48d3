// Scores in the object's storage; the alarm ends a round.
import { createServer } from "dormouse-io";

export class Game extends createServer((io, { ctx }) => {
  ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS scores (name TEXT PRIMARY KEY, points INTEGER)");

  io.on("connection", async (socket) => {
    if (!socket.restored) {
      await ctx.storage.put(`seen:${socket.id}`, Date.now());
    }
    socket.on("score", () => {
      const score = (ctx.storage.kv.get<number>("score") ?? 0) + 1;
      ctx.storage.kv.put("score", score);
      io.emit("score", score);
    });
    socket.on("start", () => ctx.storage.setAlarm(Date.now() + 60_000));
  });
}) {
  override async alarm() {
    this.io.emit("time is up");
  }
}
