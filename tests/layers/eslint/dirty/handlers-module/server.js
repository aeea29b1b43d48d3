import { Server } from "socket.io";
import * as handlers from "./handlers.js";
const io = new Server(3000);
io.on("connection", (socket) => {
  for (const [event, handle] of Object.entries(handlers)) socket.on(event, () => handle(socket)); // expect: no-state-in-variables
});
