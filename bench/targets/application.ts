/** The part of the Socket.IO API that the measured application uses. */
interface ServerLike {
  on(event: "connection", listener: (socket: SocketLike) => void): unknown;
  to(room: string): { emit(event: string, ...args: unknown[]): unknown };
}

interface SocketLike {
  // biome-ignore lint/suspicious/noExplicitAny: Socket.IO's own listener signature.
  on(event: string, listener: (...args: any[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  join(room: string): unknown;
}

const ROOM = "members";

/** The measured application: the same code for every server that has Socket.IO's API. */
export function application(io: ServerLike): void {
  io.on("connection", (socket) => {
    socket.on("echo", (payload: string) => {
      socket.emit("echo", payload);
    });
    socket.on("ack", (payload: string, done: (payload: string) => void) => {
      done(payload);
    });
    socket.on("join", (done: () => void) => {
      socket.join(ROOM);
      done();
    });
    socket.on("broadcast", (payload: string) => {
      io.to(ROOM).emit("broadcast", payload);
    });
  });
}
