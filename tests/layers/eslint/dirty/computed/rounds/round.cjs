exports.start = (server) => {
  server.on("connection", (client) => client.on("go", () => setInterval(() => client.emit("go"), 50)));
};
