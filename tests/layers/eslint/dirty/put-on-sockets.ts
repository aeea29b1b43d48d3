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
    // biome-ignore lint/suspicious/noAssignInExpressions: as people write it
    const fifth = (socket.data.fifth = { hits: 0 }); // expect: no-state-in-variables
    if (socket.handshake.auth.plays) {
      // biome-ignore lint/suspicious/noAssignInExpressions: as people write it
      const sixth = (socket.data.sixth = { hits: 0 }); // expect: no-state-in-variables
      socket.on("sixth", () => (sixth.hits += 1));
    }
    const copy = new Uint16Array(socket.data.numbers); // expect: no-state-in-variables
    socket.on("hit", () => {
      fifth.hits += 1;
      copy[0] = 1;
      first.hits += 1;
      second.hits += 1;
      fourth.hits += 1;
      setTimeout(() => {
        third.hits += 1;
      }, 500);
    });
    socket.on("again", () => {
      socket.data.second = { hits: 0 };
      socket.data.fifth = { hits: 0 };
      fourth = { hits: 0 };
    });
  });
});
