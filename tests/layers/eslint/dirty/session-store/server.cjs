const io = require("socket.io")(3000);
const { InMemorySessionStore } = require("./store.cjs");
const sessions = new InMemorySessionStore();
io.use((socket, next) => {
  const session = sessions.find(socket.handshake.auth.id);
  socket.data.session = session ?? {};
  next();
});
io.on("connection", (socket) => {
  sessions.save(socket.id, { user: socket.data.user }); // expect: no-state-in-variables
});
