// An emitter of the module, whatever the functions and classes call it that are given it.
import { EventEmitter } from "node:events";
import { createServer, type Socket } from "dormouse-io";

const bus = new EventEmitter();

function follow(socket: Socket, events: EventEmitter) {
  events.on("news", (text) => socket.emit("news", text)); // expect: no-outside-listeners
}

class Feed {
  constructor(
    private readonly socket: Socket,
    private readonly events: EventEmitter,
  ) {
    this.events.on("news", (text) => this.socket.emit("news", text)); // expect: no-outside-listeners
  }
}

export const Chat = createServer((io) => {
  io.on("connection", (socket) => {
    follow(socket, bus);
    new Feed(socket, bus);
  });
});
