// State behind functions.
import http from "node:http";
import * as sio from "socket.io";

function createStore() {
  const scores = new Map<string, number>(); // expect: no-state-in-variables
  let nextId = 1; // expect: no-state-in-variables
  return {
    add(name: string, points: number) {
      scores.set(name, (scores.get(name) ?? 0) + points);
      return nextId++;
    },
    all: () => [...scores.entries()].sort((a, b) => b[1] - a[1]),
  };
}

export function start(port: number) {
  const server = http.createServer();
  const io = new sio.Server(server);
  const store = createStore();
  io.on("connection", (socket) => onConnection({ io, socket, store }));
  server.listen(port);
}

type Context = { io: sio.Server; socket: sio.Socket; store: ReturnType<typeof createStore> };

function onConnection({ io, socket, store }: Context) {
  socket.on("points", (name: string, points: number) => {
    const id = store.add(name, points);
    io.emit("scores", id, store.all());
  });
}
