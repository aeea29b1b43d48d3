/**
 * The application that both hosts serve: what the protocols' own test suites ask of a server, and a
 * few things more, each driven by frames.
 */
import type { Server } from "../../glue/socket.io/server/server.ts";

/** Time for heartbeats to happen in a test, and limits that a test can reach. */
export const LIVELY = { pingInterval: 300, pingTimeout: 2_000, connectTimeout: 2_000 };

export function application(io: Server): void {
  io.on("connection", (socket) => {
    socket.emit("auth", socket.handshake.auth);
    socket.on("message", (...args) => {
      socket.emit("message-back", ...args);
    });
    socket.on("message-with-ack", (...args) => {
      const answer = args.pop();
      answer(...args);
    });
    socket.on("ask me", (...args) => {
      socket.emit("question", ...args, (...answers: unknown[]) => {
        socket.emit("answered", ...answers);
      });
    });
    socket.on("end me", () => {
      socket.disconnect();
    });
  });
  io.of("/custom").on("connection", (socket) => {
    socket.emit("auth", socket.handshake.auth);
    socket.on("message", (...args) => {
      socket.emit("message-back", ...args);
    });
    socket.on("message-with-ack", (...args) => {
      const answer = args.pop();
      answer(...args);
    });
  });
  io.of("/closed").use((_socket, next) => {
    next(Object.assign(new Error("Not authorized"), { data: { until: "monday" } }));
  });
}
