// A world that moves by itself.
import { createServer } from "dormouse-io";

export const World = createServer((io) => {
  const world = { ball: { x: 0, y: 0 }, speed: 1 }; // expect: no-state-in-variables

  setInterval(() => { // expect: no-timers
    world.ball.x += world.speed;
    io.volatile.emit("world", world);
  }, 1000 / 30);

  io.on("connection", (socket) => {
    socket.on("speed", (speed) => {
      world.speed = speed;
    });
  });
});
