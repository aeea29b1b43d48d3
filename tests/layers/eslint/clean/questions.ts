// Who comes is asked once.
import { createServer } from "dormouse-io";

export const Questions = createServer((io) => {
  io.on("connection", async (socket) => {
    socket.emit("welcome", socket.id);
    if (!socket.restored) socket.emit("name?", (name: string) => io.emit("joined", name));
    socket.data.colour ??= await socket.emitWithAck("colour?");
    if (socket.data.language === undefined) {
      socket.data.language = await socket.timeout(5_000).emitWithAck("language?");
    }
    socket.on("play", () => socket.emit("ready?", () => socket.join("players")));
  });
});
