// As TypeScript compiles a server: what its modules keep in memory is found through what they export again.
"use strict";
const { Server } = require("socket.io");
const stores_1 = require("./index.cjs");
const io = new Server();
const users = new stores_1.Store();
io.on("connection", (socket) => {
  socket.on("name", (name) => users.set(socket.id, name)); // expect: no-state-in-variables
});
