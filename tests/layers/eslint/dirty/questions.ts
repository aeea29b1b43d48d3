// Who comes is asked, and is asked again after every sleep.
import { createServer, type Socket } from "dormouse-io";

async function ask(socket: Socket): Promise<void> {
  socket.data.language = await socket.timeout(5_000).emitWithAck("language?"); // expect: ask-restored
}

export const Questions = createServer((io) => {
  const join = (name: string): void => void io.emit("joined", name);
  io.on("connection", async (socket) => {
    socket.emit("name?", join); // expect: ask-restored
    socket.emit("colour?", (colour: string) => socket.emit("yours", colour)); // expect: ask-restored
    io.emit("who is new?", (_error: unknown, answers: string[]) => io.emit("new", answers)); // expect: ask-restored
    await ask(socket);
    socket.on("play", async () => socket.emit("ready?", () => socket.join("players")));
  });
});
