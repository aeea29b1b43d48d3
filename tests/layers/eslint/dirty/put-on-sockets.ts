// Not kept by being on the socket for once: put there at times, replaced, changed when nobody notices, made of others.
import { createServer } from "dormouse-io";

export const Game = createServer((io) => {
  io.on("connection", (socket) => {
    const first = { hits: 0 }; // expect: no-state-in-variables
    if (socket.handshake.auth.plays) socket.data.first = first;
    const second = { hits: 0 }; // expect: no-state-in-variables
    socket.data.second = second;
    const third = { hits: 0 }; // expect: no-state-in-variables
    socket.data.third = third;
    let fourth = { hits: 0 }; // expect: no-state-in-variables
    socket.data.fourth = fourth;
    socket.on("hit", () => {
      first.hits += 1;
      second.hits += 1;
      fourth.hits += 1;
      setTimeout(() => {
        third.hits += 1;
      }, 500);
    });
    socket.on("again", () => {
      socket.data.second = { hits: 0 };
      fourth = { hits: 0 };
    });
  });
});
