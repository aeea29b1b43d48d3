// HTTP handlers beside a server that keeps nothing.
import express from "express";
import { Server } from "socket.io";

const app = express();
const io = new Server(app.listen(3000));
let requests = 0;

app.get("/requests", (_request, response) => {
  requests += 1;
  response.json({ requests, clients: io.engine.clientsCount });
});

app.post("/announce", (request, response) => {
  io.emit("announcement", request.body);
  response.sendStatus(204);
});

io.on("connection", async (socket) => {
  const rooms = io.sockets.adapter.rooms;
  const others = [...io.sockets.sockets.values()].filter((other) => other !== socket);
  const names = others.map((other) => other.data.name);
  names.push(socket.data.name);
  socket.emit("hello", names, rooms.size);
  socket.on("everybody", async (answer: (ids: string[]) => void) => {
    const ids: string[] = [];
    (await io.fetchSockets()).forEach((other) => ids.push(other.id));
    answer(ids);
  });
});

process.on("SIGTERM", () => {
  requests = 0;
  io.close();
});
