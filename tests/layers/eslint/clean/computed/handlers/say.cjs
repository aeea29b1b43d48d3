module.exports = (io) => {
  io.on("connection", (socket) => {
    socket.on("say", (text) => io.emit("said", text));
  });
};
