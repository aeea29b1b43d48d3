// What a middleware has around the code behind it, a replay of that code has not.
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "dormouse-io";

const requests = new AsyncLocalStorage<{ user: string }>();

export const Chat = createServer((io) => {
  io.use((socket, next) => {
    requests.run({ user: String(socket.handshake.auth.user) }, next); // expect: no-state-in-middlewares
  });
  io.of("/news").use((socket, next) => {
    requests.run({ user: socket.id }, () => next()); // expect: no-state-in-middlewares
  });
  io.of("/staff").use((socket, next) => {
    requests.enterWith({ user: socket.id }); // expect: no-state-in-middlewares
    next();
  });
  io.on("connection", (socket) => {
    const { user } = requests.getStore() ?? { user: "nobody" };
    socket.on("say", (text) => io.emit("said", user, text));
  });
});
