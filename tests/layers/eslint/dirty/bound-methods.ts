// Listeners that are methods, bound or as fields.
import type { Server, Socket } from "socket.io";
export class Lobby {
  public waiting: string[] = []; // expect: no-state-in-variables
  constructor(private readonly io: Server) {
    this.io.on("connect", this.onConnect.bind(this));
  }
  private onConnect = (socket: Socket) => {
    socket.on("wait", () => this.waiting.push(socket.id));
    socket.on("go", this.go);
  };
  private go = () => {
    this.waiting = [];
  };
}
