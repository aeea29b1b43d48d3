/** What a connection has done is counted on it, from when the engine tells of it. */
import type { IncomingMessage } from "node:http";
import type { Server, Socket } from "socket.io";

interface Counting {
  readonly request: IncomingMessage & { answers?: number };
  visits?: number;
  seen?: { events: string[] };
}

export function setup(io: Server): void {
  io.engine.on("connection", (conn: Counting) => {
    conn.visits = 0;
    conn.seen = { events: [] };
    conn.request.answers = 0;
  });
  io.on("connection", (socket: Socket) => {
    socket.on("visit", () => {
      const conn = socket.conn as unknown as Counting;
      conn.visits = (conn.visits ?? 0) + 1;
      conn.seen?.events.push("visit");
      conn.request.answers = (conn.request.answers ?? 0) + 1;
      socket.emit("visits", conn.visits, conn.seen?.events, conn.request.answers);
    });
  });
}
