// What packages make when it is first needed, and would not make the same again.
import { Chess } from "chess.js";
import _ from "lodash";
import moment from "moment";
import { nanoid } from "nanoid";
import { Server } from "socket.io";

const io = new Server(3000);
const games = {}; // expect: no-state-in-variables
const tables = new Map(); // expect: no-state-in-variables
let game; // expect: no-state-in-variables
let deck; // expect: no-state-in-variables
let since; // expect: no-state-in-variables
let key; // expect: no-state-in-variables

io.on("connection", (socket) => {
  socket.on("move", (room, move) => {
    games[room] ||= new Chess();
    games[room].move(move);
    if (!tables.has(room)) tables.set(room, new Chess());
    if (!game) game = new Chess();
    game.move(move);
  });
  socket.on("start", (answer) => {
    deck ??= _.shuffle(["hearts", "spades"]);
    since ??= moment();
    if (key === undefined) key = nanoid();
    answer(deck, since.toString(), key);
  });
});
