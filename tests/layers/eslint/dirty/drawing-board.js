// A whiteboard that shows newcomers what was drawn before.
const express = require("express");
const http = require("http");
const { Server } = require("socket.io");

const app = express();
const server = http.createServer(app);
const io = new Server(server);

let lines = []; // expect: no-state-in-variables

app.use(express.static("public"));

io.on("connection", (socket) => {
  for (const line of lines) socket.emit("drawing", line);

  socket.on("drawing", (data) => {
    lines.push(data);
    if (lines.length > 5000) lines = lines.slice(-5000);
    socket.broadcast.emit("drawing", data);
  });

  socket.on("clear", () => {
    lines.length = 0;
    io.emit("clear");
  });
});

server.listen(process.env.PORT || 3000);
