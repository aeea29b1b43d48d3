// Boards, made in several ways.
import { Server } from "socket.io";
const io = new Server();
const board = Array.from({ length: 9 }, () => null); // expect: no-state-in-variables
const grid = [...Array(3)].map(() => Array(3).fill(0)); // expect: no-state-in-variables
const text = { value: "" }; // expect: no-state-in-variables
io.on("connection", (socket) => {
  socket.on("cell", (i, v) => {
    board[i] = v;
    grid[0][i] = v;
  });
  socket.on("text", (value) => {
    text.value = value;
  });
  socket.on("swap", () => {
    [board[0], board[1]] = [board[1], board[0]];
  });
});
