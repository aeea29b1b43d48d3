// Services without state.
import { createServer } from "dormouse-io";
import type { Socket } from "dormouse-io";
import { container } from "tsyringe";

class Greetings {
  constructor(private readonly word = "hello") {}
  greet(socket: Socket, name: string) {
    socket.data.name = name;
    socket.emit("greeting", this.word, name);
  }
}

export const Room = createServer((io) => {
  const greetings = container.resolve(Greetings);
  io.on("connection", (socket) => {
    socket.on("hello", (name: string) => greetings.greet(socket, name));
  });
});
