// Two who wait become a game.
import { Server } from "socket.io";

const io = new Server(3000);
let waiting = null; // expect: no-sockets-in-collections
const queue = []; // expect: no-sockets-in-collections

function pair(one, other) {
  const room = `${one.id}#${other.id}`;
  one.join(room);
  other.join(room);
  io.to(room).emit("start", room);
}

io.on("connection", (socket) => {
  socket.on("find", () => {
    if (waiting) {
      pair(waiting, socket);
      waiting = null;
    } else {
      waiting = socket;
    }
  });

  socket.on("find ranked", (rank) => {
    queue.push({ socket, rank });
    queue.sort((a, b) => a.rank - b.rank);
    while (queue.length >= 2) {
      const [a, b] = queue.splice(0, 2);
      pair(a.socket, b.socket);
    }
  });

  socket.on("disconnect", () => {
    if (waiting === socket) waiting = null;
  });
});
