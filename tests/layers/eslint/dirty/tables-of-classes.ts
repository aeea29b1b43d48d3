// Controllers that are made from a table, for each client.
import type { Server, Socket } from "socket.io";

class Clicks {
  count = 0; // expect: no-state-in-variables
  constructor(io: Server, socket: Socket) {
    socket.on("click", () => {
      this.count += 1;
      io.emit("clicks", this.count);
    });
  }
}
class Moves {
  count = 0; // expect: no-state-in-variables
  constructor(socket: Socket) {
    socket.on("move", () => {
      this.count += 1;
    });
  }
}

const CONTROLLERS = { clicks: Clicks };
const OTHERS = [Moves];

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    for (const Controller of Object.values(CONTROLLERS)) new Controller(io, socket);
    OTHERS.forEach((Other) => {
      new Other(socket);
    });
  });
}
