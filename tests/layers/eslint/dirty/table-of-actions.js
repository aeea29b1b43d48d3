// Actions in a map.
import { Server } from "socket.io";
const io = new Server();
let count = 0; // expect: no-state-in-variables
const inc = () => count++;
const actions = new Map([
  ["inc", inc],
  ["dec", () => count--],
]);
io.on("connection", (socket) => {
  socket.on("action", (name) => {
    actions.get(name)();
    io.emit("count", count);
  });
});
