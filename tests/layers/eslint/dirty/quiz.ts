// A quiz with rounds, scores and a countdown, as a function that is called with `io`.
import type { Server } from "socket.io";

interface Quiz {
  round: number;
  scores: Record<string, number>;
}

export default function quiz(io: Server) {
  const game: Quiz = { round: 0, scores: {} }; // expect: no-state-in-variables
  let secondsLeft = 0; // expect: no-state-in-variables

  function startRound() {
    game.round++;
    secondsLeft = 20;
    const countdown = setInterval(() => { // expect: no-timers
      secondsLeft -= 1;
      io.emit("seconds", secondsLeft);
      if (secondsLeft === 0) clearInterval(countdown);
    }, 1000);
  }

  io.on("connection", (socket) => {
    socket.on("start", startRound);
    socket.on("answer", (correct: boolean) => {
      const name = socket.data.name as string;
      if (correct) game.scores[name] = (game.scores[name] ?? 0) + 1;
      io.emit("scores", game.scores);
    });
  });
}
