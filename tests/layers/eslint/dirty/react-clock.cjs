// The clock of a well-known tutorial for React.
const express = require("express");
const http = require("http");
const socketIo = require("socket.io");

const server = http.createServer(express());
const io = socketIo(server);

let interval;

io.on("connection", (socket) => {
  if (interval) {
    clearInterval(interval);
  }
  interval = setInterval(() => getApiAndEmit(socket), 1000); // expect: no-timers
  socket.on("disconnect", () => {
    clearInterval(interval);
  });
});

const getApiAndEmit = (socket) => {
  socket.emit("FromAPI", new Date());
};

server.listen(4001);
