import type { Server, Socket } from "dormouse-io/partyserver";

class UserHandlers {
  readonly #io: Server;
  readonly #socket: Socket;

  constructor(io: Server, socket: Socket) {
    this.#io = io;
    this.#socket = socket;
    socket.on("user:rename", this.rename);
    socket.on("user:list", async (answer) => answer(await this.list()));
  }

  readonly rename = (name: string): void => {
    this.#socket.data.name = name;
    this.#io.emit("user:renamed", this.#socket.id, name);
  };

  private async list(): Promise<string[]> {
    const names: string[] = [];
    for (const other of await this.#io.fetchSockets()) names.push(other.data.name);
    return names.sort();
  }
}

export function registerUsers(io: Server, socket: Socket): void {
  new UserHandlers(io, socket);
}
