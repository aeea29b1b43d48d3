// Namespaces, dynamic and static, each with what it remembers.
import { Server as SocketServer, type Namespace } from "socket.io";

const server = new SocketServer(3000);
const perTenant = new Map<string, string[]>(); // expect: no-state-in-variables

function setUp(namespace: Namespace): void {
  namespace.on("connection", (socket) => {
    const { name } = socket.nsp;
    socket.on("note", (note: string) => {
      const notes = perTenant.get(name) ?? [];
      notes.push(note);
      perTenant.set(name, notes);
      namespace.emit("notes", notes);
    });
  });
}

setUp(server.of(/^\/tenant-\d+$/));

server.of("/stats", (socket) => {
  let asked = 0; // expect: no-state-in-variables
  socket.on("stats", (answer: (n: number) => void) => answer(asked++));
});

export function count(io: Server & { rooms?: number }): void {
  io.on("new_namespace", (namespace) => {
    io.use((_socket, next) => next()); // expect: no-late-listeners
    namespace.on("connection", (socket) => {
      socket.on("open", () => {
        io.rooms = (io.rooms ?? 0) + 1; // expect: no-state-in-variables
      });
    });
  });
}
