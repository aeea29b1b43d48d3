// Every event comes by what stands where `onevent` was: it runs for events, though it is made before.
import { createServer } from "dormouse-io";

export const Chat = createServer((io) => {
  io.use((socket, next) => {
    let events = 0; // expect: no-state-in-variables
    const { onevent } = socket;
    socket.onevent = function (packet) {
      events += 1;
      if (events > 100) socket.disconnect(true);
      else onevent.call(this, packet);
    };
    next();
  });
});
