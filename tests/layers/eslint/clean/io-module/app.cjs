const http = require("node:http");
const server = http.createServer();
const io = require("./io.cjs").init(server);
const notify = require("./notify.cjs");
io.on("connection", (socket) => {
  socket.on("hello", () => notify.send("hello"));
});
server.listen(3000);
