// Another kind of server altogether, and an emitter.
import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const bus = new EventEmitter();
const peers = new Set();
let requests = 0;

createServer((_request, response) => {
  requests += 1;
  response.end(String(requests));
}).listen(8080);

const server = new WebSocketServer({ port: 8081 });
server.on("connection", (socket) => {
  peers.add(socket);
  socket.on("message", (data) => {
    for (const peer of peers) peer.send(data);
  });
  bus.once("connection", () => socket.close());
});
setInterval(() => bus.emit("tick"), 1000);
