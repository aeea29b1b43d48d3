// What comes from elsewhere, beside a server: no socket, whatever it is called.
module.exports = (io, redis, worker) => {
  redis.on("message", (channel, text) => io.to(channel).emit("message", text));
  worker.on("message", (text) => io.emit("work", text));
  io.on("connection", (socket) => {
    socket.on("join", (room) => socket.join(room));
  });
};
