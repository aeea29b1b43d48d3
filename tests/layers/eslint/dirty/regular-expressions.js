// Expressions with `g` and `y` go on where they have stopped.
import { Server } from "socket.io";
const io = new Server();
const BAD = /darn/g; // expect: no-state-in-variables
const NUMBER = new RegExp("\\d+", "y"); // expect: no-state-in-variables
io.on("connection", (socket) => {
  const own = /\w+/gi; // expect: no-state-in-variables
  socket.on("say", (text) => {
    if (BAD.test(text)) return;
    io.emit("said", text, own.exec(text)?.[0]);
  });
  socket.on("count", (text) => socket.emit("number", NUMBER.exec(text)));
});
