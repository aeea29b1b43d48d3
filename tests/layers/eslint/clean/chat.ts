// The group chat, ready to sleep.
import { createServer, routeSocketIO } from "dormouse-io";

const MAX_LENGTH = 2000;
const COLOURS = ["red", "green", "blue"];

export const Chat = createServer((io) => {
  const countUsers = async () => {
    const sockets = await io.fetchSockets();
    let count = 0;
    for (const { data } of sockets) if (data.username !== undefined) count += 1;
    return count;
  };

  io.on("connection", (socket) => {
    socket.data.colour = COLOURS[Math.floor(Math.random() * COLOURS.length)];
    socket.on("add user", async (username: string) => {
      if (socket.data.username !== undefined) return;
      socket.data.username = username;
      const userCount = await countUsers();
      socket.emit("login", { userCount });
      socket.broadcast.emit("user joined", { username, userCount });
    });
    socket.on("new message", (message: string) => {
      const words: string[] = [];
      for (const word of message.slice(0, MAX_LENGTH).split(" ")) words.push(word.trim());
      socket.broadcast.emit("new message", { username: socket.data.username, words });
    });
    socket.on("disconnect", async () => {
      const { username } = socket.data;
      if (username !== undefined) socket.broadcast.emit("user left", await countUsers());
    });
  });
});

export default {
  async fetch(request: Request, env: { CHAT: DurableObjectNamespace }) {
    return (await routeSocketIO(request, env.CHAT)) ?? new Response("not found", { status: 404 });
  },
};
