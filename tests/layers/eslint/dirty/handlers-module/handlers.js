// Handlers that are exported one by one.
let count = 0;
export function hit(socket) {
  count++;
  socket.emit("count", count);
}
