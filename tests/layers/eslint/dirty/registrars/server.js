import { Server } from "socket.io";
import chat from "./chat.js";
import game from "./game.js";
const io = new Server(3000);
io.on("connection", (socket) => {
  for (const register of [chat, game]) register(io, socket); // expect: no-state-in-variables, no-state-in-variables
});
