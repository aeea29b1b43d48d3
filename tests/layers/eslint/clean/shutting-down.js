// What happens to the process is no state of the server.
import { createServer } from "node:http";
import { Server } from "socket.io";
const http = createServer();
const io = new Server(http);
let closing = false;
let address;
process.on("SIGTERM", () => {
  closing = true;
  io.close();
});
http.listen(3000, () => {
  address = http.address();
});
http.on("request", (request, response) => {
  response.end(closing ? "no" : String(address));
});
io.on("connection", (socket) => {
  if (closing) return socket.disconnect();
  socket.on("ping!", (answer) => answer("pong"));
});
