// Rounds by the object's alarm, with a number that the alarm counts up.
import { createServer } from "dormouse-io";

export const Rounds = createServer((io, { ctx, onAlarm }) => {
  let round = 0; // expect: no-state-in-variables

  onAlarm(() => {
    round += 1;
    io.emit("round", round);
    ctx.storage.setAlarm(Date.now() + 60_000);
  });

  io.on("connection", (socket) => socket.emit("round", round));
});
