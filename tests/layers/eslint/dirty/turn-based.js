// Tic-tac-toe, with a clock for each turn.
import { createServer } from "dormouse-io";

const TURN_MS = 30 * 1000;

export const Game = createServer((io) => {
  let board = Array(9).fill(null); // expect: no-state-in-variables
  let turn = "X"; // expect: no-state-in-variables
  let clock;

  function nextTurn() {
    turn = turn === "X" ? "O" : "X";
    clearTimeout(clock);
    clock = setTimeout(nextTurn, TURN_MS); // expect: no-timers
    io.emit("turn", turn);
  }

  io.on("connection", (socket) => {
    socket.emit("board", board, turn);
    socket.on("move", (cell) => {
      if (board[cell] || socket.data.side !== turn) return;
      board[cell] = turn;
      io.emit("board", board);
      nextTurn();
    });
    socket.on("reset", () => {
      board = Array(9).fill(null);
      io.emit("board", board);
    });
  });
});
