// Controllers that are made from a table, for each client, and keep what they change where it is kept.
import type { Server, Socket } from "socket.io";

interface Context {
  io: Server;
  socket: Socket;
}

abstract class Controller {
  constructor(protected readonly context: Context) {
    this.register();
  }
  abstract register(): void;
}
class Polls extends Controller {
  register(): void {
    const { io, socket } = this.context;
    socket.on("vote", (option: number) => {
      const votes = (io.data.votes ??= new Map());
      votes.set(socket.data.name, option);
      this.context.socket.data.votes = (this.context.socket.data.votes ?? 0) + 1;
    });
  }
}

const CONTROLLERS = [Polls];

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    for (const Made of CONTROLLERS) new Made({ io, socket });
  });
}
