/** The server code of both chats. Whatever must outlast a sleep is in `socket.data`. */
import type { DefaultEventsMap, Server } from "dormouse-io";

interface ClientToServerEvents {
  name(name: string, answer: (welcome: string) => void): void;
  message(text: string): void;
}

interface ServerToClientEvents {
  message(name: string, text: string): void;
  left(name: string): void;
}

interface SocketData {
  name: string;
}

type ChatServer = Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>;

export function chat(io: ChatServer, topic: string): void {
  io.on("connection", (socket) => {
    const name = (): string => socket.data.name ?? "somebody";
    socket.on("name", (chosen, answer) => {
      socket.data.name = String(chosen).slice(0, 24);
      answer(`Welcome to ${topic}, ${name()}.`);
    });
    socket.on("message", (text) => void io.emit("message", name(), String(text).slice(0, 2000)));
    socket.on("disconnect", () => void io.emit("left", name()));
  });
}
