// Code of classes for reading and assigning properties that are kept; collections of functions that change nothing.
import { Server, type Socket } from "dormouse-io/node";

class Player {
  readonly #socket: Socket;
  constructor(socket: Socket) {
    this.#socket = socket;
  }
  get lives(): number {
    return this.#socket.data.lives ?? 3;
  }
  set lives(lives: number) {
    this.#socket.data.lives = lives;
  }
}
const rules = {
  words: 3,
  get limit() {
    return rules.words * 10;
  },
};
type Action = (socket: Socket, ...args: unknown[]) => void;
const actions = new Map<string, Action>();
const hooks: Action[] = [];
actions.set("say", (socket, text) => socket.broadcast.emit("said", text, rules.limit));
hooks.push((socket) => socket.emit("seen"));

const io = new Server(3000);
io.on("connection", (socket) => {
  const player = new Player(socket);
  for (const [name, action] of actions) socket.on(name, (...args) => action(socket, ...args));
  socket.on("hit", () => {
    player.lives -= 1;
    if (player.lives === 0) hooks.forEach((hook) => hook(socket));
  });
});
