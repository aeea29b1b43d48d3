/** A middleware of the engine puts an object with methods on the request, as session libraries do. */
import type { IncomingMessage } from "node:http";
import type { Server } from "socket.io";

class Session {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  greet(): string {
    return `hello ${this.name}`;
  }
}

type Signed = IncomingMessage & { session: Session; _query: Record<string, string> };

export function setup(io: Server): void {
  io.engine.use((request: Signed, _response: unknown, next: () => void) => {
    request.session = new Session(request._query.user ?? "nobody");
    next();
  });
  io.on("connection", (socket) => {
    socket.on("hello", () => socket.emit("greeting", (socket.request as Signed).session.greet()));
  });
}
