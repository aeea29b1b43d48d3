const io = require("socket.io")(3000, { cors: { origin: "*" } });

let online = 0; // expect: no-state-in-variables

io.sockets.on("connection", function (socket) {
  online++;
  io.emit("online", online);
  socket.on("disconnect", function () {
    online--;
    io.emit("online", online);
  });
});
