/** What the clients under test talk to. */
import { polling } from "../../glue/engine/polling/index.ts";
import type { ServerOptions } from "../../glue/socket.io/server/options.ts";
import type { Server } from "../../glue/socket.io/server/server.ts";

/** Older clients ping at the interval that the handshake tells them. */
export const OPTIONS: ServerOptions = {
  allowEIO3: true,
  pingInterval: 200,
  pingTimeout: 10_000,
  transports: [polling, "websocket"],
};

export function application(io: Server): void {
  const heartbeats = new Map<string, number>();
  io.engine.on("connection", (connection) => {
    connection.on("heartbeat", () => {
      heartbeats.set(connection.id, (heartbeats.get(connection.id) ?? 0) + 1);
    });
  });
  for (const name of ["/", "/chat"]) {
    io.of(name).on("connection", (socket) => {
      socket.emit("welcome", name, { ...socket.handshake.auth }, socket.conn.protocol);
      socket.on("echo", (...args) => void socket.emit("echo", ...args));
      socket.on("ask", (...args) => args.pop()(...args));
      socket.on("ask me", (...args) => {
        socket.emit("question", ...args, (...answers: unknown[]) => {
          socket.emit("answered", ...answers);
        });
      });
      socket.on("heartbeats", (answer) => answer(heartbeats.get(socket.conn.id) ?? 0));
      socket.on("end me", () => void socket.disconnect());
      socket.on("disconnect", (reason) => void io.emit("left", name, reason));
    });
  }
  io.of("/closed").use((_socket, next) => next(new Error("not today")));
}
