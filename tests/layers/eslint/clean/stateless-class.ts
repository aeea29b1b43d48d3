// A class whose fields are set once.
import { createServer, type Server, type Socket } from "dormouse-io";

class Room {
  readonly #io: Server;
  readonly #storage: DurableObjectStorage;
  #handlers = new Map<string, (socket: Socket, ...args: unknown[]) => void>();

  constructor(io: Server, storage: DurableObjectStorage) {
    this.#io = io;
    this.#storage = storage;
    this.handle("say", (socket, text) => this.#io.emit("said", socket.id, text));
    this.handle("save", (_socket, text) => void this.#storage.put("text", text));
    io.on("connection", (socket) => this.#onConnection(socket));
  }

  handle(event: string, handler: (socket: Socket, ...args: unknown[]) => void): void {
    this.#handlers.set(event, handler);
  }

  #onConnection(socket: Socket): void {
    for (const [event, handler] of this.#handlers) {
      socket.on(event, (...args: unknown[]) => handler(socket, ...args));
    }
  }
}

export const Rooms = createServer((io, { ctx }) => {
  new Room(io, ctx.storage);
});
