// Listeners of everything that has some, added when somebody asks for it.
import { createServer } from "dormouse-io";

export const Chat = createServer((io) => {
  const chat = io.of("/chat");
  chat.adapter.on("create-room", (room) => console.log("created", room));
  io.engine.on("connection_error", ({ message }) => console.log(message));
  io.schedule.on("round", () => io.emit("round"));

  io.on("connection", (socket) => {
    socket.conn.on("packet", ({ type }) => console.log(type)); // expect: no-late-listeners
    socket.conn.once("drain", () => console.log("drained")); // expect: no-late-listeners
    socket.conn.once("upgrade", () => console.log("a WebSocket"));
    chat.use((_socket, next) => next()); // expect: no-late-listeners
    chat.adapter.on("join-room", (room, id) => console.log(room, id)); // expect: no-late-listeners

    socket.on("debug", () => {
      io.use((_socket, next) => next()); // expect: no-late-listeners
      io.engine.on("initial_headers", (headers) => console.log(headers)); // expect: no-late-listeners
      io.engine.use((_request, _response, next) => next()); // expect: no-late-listeners
      io.engine.off("connection_error", console.log); // expect: no-late-listeners
      io.schedule.on("game", () => io.emit("game")); // expect: no-late-listeners
      socket.nsp.on("connection", () => {}); // expect: no-late-listeners
      socket.conn.on("packetCreate", ({ type }) => console.log(type)); // expect: no-late-listeners
      socket.conn.removeAllListeners("packet"); // expect: no-late-listeners
      chat.adapter.off("create-room", console.log); // expect: no-late-listeners
      socket.client.conn.once("close", (reason) => console.log(reason)); // expect: no-late-listeners
    });
  });
});
