// A generator counts.
const { Server } = require("socket.io");
const io = new Server(3000);
function* numbers() {
  let i = 0;
  while (true) yield i++;
}
const ids = numbers(); // expect: no-state-in-variables
io.on("connection", (socket) => {
  socket.on("id", (answer) => answer(ids.next().value));
});
