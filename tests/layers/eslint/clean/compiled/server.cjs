// As TypeScript compiles a server: what it takes from its modules is the project's own, and asks a database.
"use strict";
const { Server } = require("socket.io");
const stores_1 = require("./index.cjs");
const io = new Server();
const users = new stores_1.Store(globalThis);
const members = new stores_1.Members(globalThis);
io.on("connection", (socket) => {
  socket.on("name", (name) => {
    users.get(socket.id).then((user) => {
      user.names.push(name);
      users.set(socket.id, user);
    });
    const mine = members.get(socket.id);
    mine.name = name;
    members.set(socket.id, mine);
  });
});
