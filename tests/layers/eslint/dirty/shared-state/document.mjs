import { state } from "./state.mjs";

export function registerDocument(io, socket, cursors) {
  socket.on("edit", (id, text) => {
    state.documents[id] = text; // expect: no-state-in-variables
    socket.broadcast.emit("edited", id, text);
  });
  socket.on("cursor", (at) => {
    cursors.set(socket.id, at);
    io.emit("cursors", [...cursors]);
  });
}
