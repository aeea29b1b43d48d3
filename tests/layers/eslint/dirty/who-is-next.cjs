// What a property is given, and held before, is not changed by that: the teams are only read.
const { readFileSync } = require("node:fs");
const { Server } = require("socket.io");

const io = new Server(3000);
const teams = JSON.parse(readFileSync("teams.json", "utf8"));

function next(after) {
  const found = teams.find(({ id }) => id > after);
  return found ? found.id : null;
}

const draft = { turn: next(0), round: 1 }; // expect: no-state-in-variables

io.on("connection", (socket) => {
  socket.on("done", () => {
    draft.turn = next(draft.turn);
    io.emit("turn", draft.turn);
  });
});
