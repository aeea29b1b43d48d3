// Everything that happens only once is behind a question.
import { Pool } from "pg";
import { createServer } from "dormouse-io";

const pool = new Pool();

async function welcome(socket) {
  await pool.query("INSERT INTO visits (id) VALUES ($1)", [socket.id]);
  socket.emit("welcome");
}

export const Visits = createServer((io) => {
  io.on("connection", async (socket) => {
    socket.on("message", (text) => io.emit("message", text));
    socket.on("visits", async (answer) => {
      const { rows } = await pool.query("SELECT count(*) FROM visits");
      answer(rows[0].count);
    });
    if (socket.restored) return;
    await welcome(socket);
  });
});
