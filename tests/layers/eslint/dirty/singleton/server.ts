import { Server } from "socket.io";
import { Manager } from "./manager";
const io = new Server(3000);
Manager.getInstance().setIo(io);
io.on("connection", (socket) => {
  socket.on("join", (name: string) => Manager.getInstance().join(name, socket.id)); // expect: no-state-in-variables
});
