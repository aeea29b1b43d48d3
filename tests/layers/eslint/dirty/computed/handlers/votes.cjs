let votes = 0; // expect: no-state-in-variables
module.exports = (io) => {
  io.on("connection", (socket) => {
    socket.on("vote", () => io.emit("votes", ++votes));
  });
};
