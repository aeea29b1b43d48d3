/** Users are in a collection with methods of its own. */
import type { Server } from "socket.io";

class Users extends Map<string, string> {
  get names(): string[] {
    return [...this.values()].sort();
  }

  enter(id: string, name: string): void {
    this.set(id, name);
  }
}

export function setup(io: Server): void {
  const users = new Users();
  io.on("connection", (socket) => {
    socket.on("name", (name) => {
      users.enter(socket.id, name);
      io.emit("users", users.names);
    });
  });
}
