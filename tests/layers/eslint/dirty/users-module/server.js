// The layout of a well-known tutorial: users in a module of their own, which knows no sockets.
const { Server } = require("socket.io");
const formatMessage = require("./utils/messages");
const { userJoin, getCurrentUser, userLeave, getRoomUsers } = require("./utils/users");

const io = new Server(3000);

io.on("connection", (socket) => {
  socket.on("joinRoom", ({ username, room }) => {
    const user = userJoin(socket.id, username, room); // expect: no-state-in-variables
    socket.join(user.room);
    socket.emit("message", formatMessage("ChatCord Bot", "Welcome to ChatCord!"));
    io.to(user.room).emit("roomUsers", { room: user.room, users: getRoomUsers(user.room) });
  });

  socket.on("chatMessage", (text) => {
    const user = getCurrentUser(socket.id);
    io.to(user.room).emit("message", formatMessage(user.username, text));
  });

  socket.on("disconnect", () => {
    const user = userLeave(socket.id);
    if (user) io.to(user.room).emit("roomUsers", { users: getRoomUsers(user.room) });
  });
});
