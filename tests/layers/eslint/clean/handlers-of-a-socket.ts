// A class for each socket, with what it was made of and accessors of `socket.data`.
import { createServer, type Socket } from "dormouse-io";
class Handlers {
  readonly #socket: Socket;
  readonly #name: string;
  private readonly started = Date.now();
  constructor(socket: Socket) {
    this.#socket = socket;
    this.#name = socket.handshake.auth.name;
  }
  register() {
    this.#socket.on("say", (text: string) => this.say(text));
    this.#socket.on("turn", () => {
      this.turn += 1;
    });
    return this;
  }
  get turn(): number {
    return this.#socket.data.turn ?? 0;
  }
  set turn(value: number) {
    this.#socket.data.turn = value;
  }
  private say(text: string) {
    this.#socket.broadcast.emit("said", this.#name, text, this.started);
  }
}
export const Chat = createServer((io) => {
  const handlers: Record<string, (socket: Socket) => void> = {};
  handlers.hello = (socket) => socket.emit("hello");
  const routes = new Map<string, (socket: Socket) => void>();
  routes.set("bye", (socket) => socket.emit("bye"));
  io.on("connection", (socket) => {
    new Handlers(socket).register();
    socket.onAny((event) => {
      handlers[event]?.(socket);
      routes.get(event)?.(socket);
    });
  });
});
