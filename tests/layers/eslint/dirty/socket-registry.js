// Private messages by a map from names to sockets.
const { Server } = require("socket.io");
const io = new Server(3000);

const clients = {}; // expect: no-sockets-in-collections
const all = []; // expect: no-sockets-in-collections

io.on("connection", (socket) => {
  all.push(socket);

  socket.on("register", ({ userId }) => {
    clients[userId] = socket;
  });

  socket.on("private", ({ to, text }) => {
    const target = clients[to];
    if (target) target.emit("private", { from: socket.id, text });
  });

  socket.on("disconnect", () => {
    all.splice(all.indexOf(socket), 1);
    for (const id of Object.keys(clients)) {
      if (clients[id] === socket) delete clients[id];
    }
  });
});
