// Handlers in modules, which get `io` and `socket`, and a state that is handed to them.
import { Server } from "socket.io";
import { registerDocument } from "./document.mjs";
import { state } from "./state.mjs";

const io = new Server(3000);
const cursors = new Map(); // expect: no-state-in-variables

io.on("connection", (socket) => {
  state.visitors += 1; // expect: no-state-in-variables
  registerDocument(io, socket, cursors);
});
