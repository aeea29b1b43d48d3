// A helper of a page's, with the name that everybody uses.
const handlers = new Map();
let last;

export function subscribe(socket, event, handler) {
  handlers.set(event, handler);
  socket.on(event, (...args) => {
    last = args;
    handler(...args);
  });
  socket.emit("subscribed", event);
  setInterval(() => socket.emit("alive", last), 5000);
}
