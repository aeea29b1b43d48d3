/**
 * The server's code. The object may fall asleep between any two events: what must last is in `socket.data`, in
 * rooms, or in `io.data`, and not in variables.
 */
import type { Server } from "dormouse-io";
import type { FromClient, Person, ToClient } from "./events.ts";

export type ChatServer = Server<FromClient, ToClient, Record<string, never>, Person>;

const LONGEST_NAME = 40;
const LONGEST_TEXT = 2000;

export function chat(io: ChatServer): void {
  io.use((socket, next) => {
    const name = String(socket.handshake.auth.name ?? "").trim();
    socket.data.name = name.slice(0, LONGEST_NAME) || "somebody";
    next();
  });

  io.on("connection", (socket) => {
    socket.on("say", (text) => {
      io.emit("said", socket.data.name, String(text).slice(0, LONGEST_TEXT));
    });
    socket.on("count", async (answer) => {
      answer((await io.fetchSockets()).length);
    });
  });
}
