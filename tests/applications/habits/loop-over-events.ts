/** The connection listener goes through what its client says, as long as it is there. */
import type { Server, Socket } from "socket.io";

/** What `on` of `node:events` does. */
async function* on(socket: Socket, event: string): AsyncGenerator<string> {
  const waiting: string[] = [];
  let wake = (): void => {};
  socket.on(event, (text: string) => {
    waiting.push(text);
    wake();
  });
  while (true) {
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) yield text;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

export function setup(io: Server): void {
  io.on("connection", async (socket) => {
    socket.emit("welcome");
    for await (const text of on(socket, "say")) io.emit("said", text);
  });
}
