/** Who comes gets a present a little later. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    setTimeout(() => {
      socket.data.presents = (socket.data.presents ?? 0) + 1;
      socket.emit("present");
    }, 1);
    socket.on("presents?", async (answer) => {
      // Timers are due in their order.
      await new Promise((resolve) => setTimeout(resolve, 20));
      answer(socket.data.presents);
    });
  });
}
