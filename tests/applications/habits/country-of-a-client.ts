/** A service is asked where a client is, and nobody waits for the answer, which hangs on the socket then. */
import type { Server, Socket } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket: Socket & { country?: string }) => {
    socket.on("ask", (url: string) => {
      fetch(url).then(async (answer) => {
        socket.country = await answer.text();
        await fetch(url, { method: "POST" });
      });
    });
    socket.on("where", () => {
      socket.emit("country", socket.country ?? "unknown");
    });
  });
}
