// The chat that everybody begins with: names in an object, how many there are in a number.
import { createServer } from "node:http";
import { Server } from "socket.io";

const httpServer = createServer();
const io = new Server(httpServer);

let numUsers = 0; // expect: no-state-in-variables
const users = {}; // expect: no-state-in-variables

io.on("connection", (socket) => {
  let addedUser = false; // expect: no-state-in-variables

  socket.on("add user", (username) => {
    if (addedUser) return;
    socket.username = username;
    users[socket.id] = { username, joined: Date.now() };
    ++numUsers;
    addedUser = true;
    socket.emit("login", { numUsers });
    socket.broadcast.emit("user joined", { username, numUsers });
  });

  socket.on("new message", (data) => {
    socket.broadcast.emit("new message", { username: users[socket.id].username, message: data });
  });

  socket.on("disconnect", () => {
    if (!addedUser) return;
    --numUsers;
    delete users[socket.id];
    socket.broadcast.emit("user left", { username: socket.username, numUsers });
  });
});

httpServer.listen(3000);
