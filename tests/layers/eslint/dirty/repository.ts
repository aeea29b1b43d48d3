// A repository in memory, by its interface.
import { createServer, type Server, type Socket } from "dormouse-io";
interface Repository {
  add(name: string): void;
  all(): string[];
}
class Memory implements Repository {
  readonly #names: string[] = []; // expect: no-state-in-variables
  add(name: string) {
    this.#names.push(name);
  }
  all() {
    return this.#names;
  }
}
class Chat {
  private online = 0; // expect: no-state-in-variables
  constructor(
    private readonly io: Server,
    private readonly repository: Repository,
  ) {}
  listen() {
    this.io.on("connection", (socket) => this.onConnection(socket));
  }
  private onConnection(socket: Socket) {
    socket.on("hello", (name: string) => {
      this.online++;
      this.repository.add(name);
    });
  }
}
export const Room = createServer((io) => {
  new Chat(io, new Memory()).listen();
});
