// Who is online is in a global variable, whatever its type is said to be.
import { createServer } from "dormouse-io";

interface Shared {
  online: Set<string>;
  last?: string;
}

(globalThis as unknown as Shared).online = new Set(); // expect: no-state-in-variables

export const Chat = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("name", (name) => {
      (globalThis as unknown as Shared).online.add(name);
      io.emit("online", [...(globalThis as unknown as Shared).online]);
    });
  });
});
