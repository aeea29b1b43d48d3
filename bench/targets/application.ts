/** The part of the Socket.IO API that the measured application uses. */
interface ServerLike {
  on(event: "connection", listener: (socket: SocketLike) => void): unknown;
  to(room: string): { emit(event: string, ...args: unknown[]): unknown };
  disconnectSockets(close: boolean): unknown;
}

interface SocketLike {
  readonly id: string;
  readonly rooms: ReadonlySet<string>;
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  join(room: string): unknown;
  leave(room: string): unknown;
}

/** The room of the broadcasts. */
export const ROOM = "members";

/** The measured application: the same code for every server that has Socket.IO's API. */
export function application(io: ServerLike): void {
  io.on("connection", (socket) => {
    socket.on("echo", (payload: string) => {
      socket.emit("echo", payload);
    });
    socket.on("ack", (payload: string, done: (payload: string) => void) => {
      done(payload);
    });
    socket.on("join", async (room: string | null, done: () => void) => {
      await socket.join(room ?? newRoom(socket));
      done();
    });
    socket.on("leave", async (room: string, done: () => void) => {
      await socket.leave(room);
      done();
    });
    socket.on("end", () => {
      io.disconnectSockets(true);
    });
    socket.on("broadcast", (payload: string) => {
      io.to(ROOM).emit("broadcast", payload);
    });
  });
}

/** How many there were: each has a name of its own, on whatever shard. */
let newRooms = 0;

/** A room that nobody was in; the client leaves the one before. */
function newRoom(socket: SocketLike): string {
  for (const room of socket.rooms) {
    if (room !== socket.id) socket.leave(room);
  }
  newRooms += 1;
  return `room ${newRooms}`;
}
