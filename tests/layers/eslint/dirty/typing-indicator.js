import { Server } from "dormouse-io/node";

const io = new Server(3000);
const typing = new Set(); // expect: no-state-in-variables

io.on("connection", (socket) => {
  let timeout;

  socket.on("typing", () => {
    typing.add(socket.data.name);
    io.emit("typing", [...typing]);
    clearTimeout(timeout);
    timeout = setTimeout(() => { // expect: no-timers
      typing.delete(socket.data.name);
      io.emit("typing", [...typing]);
    }, 3000);
  });
});
