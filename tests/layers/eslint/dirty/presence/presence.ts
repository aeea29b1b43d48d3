import type { Server, Socket } from "dormouse-io/partyserver";

type Status = "online" | "away";

const statuses = new Map<string, Status>(); // expect: no-state-in-variables

export function registerPresence(io: Server, socket: Socket): void {
  const set = (status: Status) => {
    statuses.set(socket.id, status);
    io.emit("presence", Object.fromEntries(statuses));
  };
  set("online");
  socket.on("away", () => set("away"));
  socket.on("back", () => set("online"));
  socket.on("disconnect", () => {
    statuses.delete(socket.id);
  });
}
