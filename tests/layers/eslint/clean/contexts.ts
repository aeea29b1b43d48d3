// What is around one event, or one question of a middleware.
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "dormouse-io";

const requests = new AsyncLocalStorage<{ user: string }>();
const nameOf = async () => `user ${requests.getStore()?.user}`;

export const Chat = createServer((io) => {
  io.use(async (socket, next) => {
    socket.data.name = await requests.run({ user: socket.id }, () => nameOf());
    next();
  });
  io.on("connection", (socket) => {
    socket.on("say", (text) => {
      requests.run({ user: socket.data.name }, async () => io.emit("said", await nameOf(), text));
    });
  });
});
