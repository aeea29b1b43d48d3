// A player who does not come back within half a minute has lost.
import { createServer } from "dormouse-io";

export const Duel = createServer((io) => {
  const leaving = new Map(); // expect: no-state-in-variables

  io.on("connection", (socket) => {
    const player = socket.handshake.auth.player;
    if (leaving.has(player)) {
      clearTimeout(leaving.get(player));
      leaving.delete(player);
    }
    setTimeout(() => { // expect: no-timers
      if (!socket.data.name) socket.disconnect();
    }, 5000);
    socket.on("disconnect", () => {
      leaving.set(
        player,
        setTimeout(() => { // expect: no-timers
          io.emit("lost", player);
          leaving.delete(player);
        }, 30_000),
      );
    });
  });
});
