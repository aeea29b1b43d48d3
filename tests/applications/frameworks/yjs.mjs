// https://github.com/ivan-topp/y-socket.io: documents that are synchronised over namespaces.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { YSocketIO } from "y-socket.io/dist/server";

export const http = createServer();
export const io = new Server(http);
new YSocketIO(io).initialize();
io.on("connection", (socket) => socket.on("say", (text) => io.emit("said", text)));
