/** An object of a class stands for each client: its methods are the listeners, its fields what they know. */
import type { Server, Socket } from "socket.io";

class Session {
  readonly #io: Server;
  #name = "anonymous";

  constructor(io: Server, socket: Socket) {
    this.#io = io;
    socket.on("name", this.#onName.bind(this));
    socket.on("say", (text) => this.#onSay(text));
  }

  #onName(name: string): void {
    this.#name = name;
  }

  #onSay(text: string): void {
    this.#io.emit("said", this.#name, text);
  }
}

export function setup(io: Server): void {
  io.on("connection", (socket) => void new Session(io, socket));
}
