import { createServer } from "dormouse-io";

export const Lobby = createServer((io) => {
  io.once("connection", (socket) => { // expect: no-once-connection
    socket.emit("you are the first");
  });
  io.of("/game").once("connect", (socket) => { // expect: no-once-connection
    socket.emit("begin");
  });
});
