// A well-known tutorial keeps who is online in a global variable, and a socket in another.
const socket = require("socket.io");
const app = require("express")();

const server = app.listen(5000);
const io = socket(server, { cors: { origin: "http://localhost:3000", credentials: true } });

global.onlineUsers = new Map(); // expect: no-state-in-variables
io.on("connection", (socket) => {
  global.chatSocket = socket; // expect: no-sockets-in-collections
  socket.on("add-user", (userId) => {
    onlineUsers.set(userId, socket.id);
  });

  socket.on("send-msg", (data) => {
    const sendUserSocket = onlineUsers.get(data.to);
    if (sendUserSocket) socket.to(sendUserSocket).emit("msg-recieve", data.msg);
  });
});
