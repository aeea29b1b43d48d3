// Servers of other packages, which functions are given under the names that servers of Socket.IO have, too.
module.exports = { relay, telnet, sock, peers, pool };

let count = 0;
const seen = new Set();

function relay(server) {
  server.on("connection", (socket) => {
    count += 1;
    socket.on("message", (data) => socket.send(data));
    socket.on("close", () => seen.delete(socket));
  });
}

function telnet(server) {
  server.on("connection", (socket) => {
    seen.add(socket.remoteAddress);
    socket.on("data", (data) => socket.write(data));
    socket.setTimeout(1000, () => socket.destroy());
  });
}

function sock(echo) {
  echo.on("connection", (conn) => {
    count += 1;
    conn.on("data", (message) => conn.write(message));
  });
}

function peers(ws, request) {
  ws.on("connection", (peer) => {
    seen.add(peer);
    peer.send(request.url);
  });
}

function pool(database) {
  database.on("connection", (connection) => {
    count += 1;
    connection.query("set time_zone = '+00:00'");
  });
}

require("node:net")
  .createServer()
  .on("connection", (socket) => {
    count += 1;
    socket.emit("timeout");
  });
