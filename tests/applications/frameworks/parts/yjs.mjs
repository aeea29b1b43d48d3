// https://github.com/ivan-topp/y-socket.io: documents that are synchronised over namespaces.
import { YSocketIO } from "y-socket.io/dist/server";

export const options = {};

export function setup(io) {
  new YSocketIO(io).initialize();
  io.on("connection", (socket) => socket.on("say", (text) => io.emit("said", text)));
}
