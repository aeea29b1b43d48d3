// A client: what it keeps is nobody's business here.
import { io, type Socket } from "socket.io-client";

const messages: string[] = [];
let online = 0;

const socket: Socket = io("https://example.com", { transports: ["websocket"] });

export function listen(socket: Socket, show: (text: string) => void): void {
  let count = 0;
  socket.on("message", (text: string) => {
    messages.push(text);
    count += 1;
    show(`${count}: ${text}`);
    socket.on("later", () => show("later"));
  });
}

socket.on("online", (count: number) => {
  online = count;
  setTimeout(() => socket.emit("still here", online), 5000);
});
