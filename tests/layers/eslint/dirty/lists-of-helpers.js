// What lodash gives of a list is in the list; what it makes is in memory, too. Likewise what `reduce` gives.
import _ from "lodash";
import { Server } from "socket.io";
const io = new Server();
const deck = _.shuffle(_.range(52)); // expect: no-remade-values, no-state-in-variables
const letters = "A K Q J".split(" "); // expect: no-state-in-variables
const seats = [{ id: 1, taken: false }]; // expect: no-state-in-variables
const teams = [{ name: "red", size: 0 }]; // expect: no-state-in-variables
const rooms = [{ name: "cats", visits: 0 }]; // expect: no-state-in-variables
const log = structuredClone([]); // expect: no-state-in-variables
const smallest = () => teams.reduce((least, team) => (team.size < least.size ? team : least));
let calls = 0; // expect: no-state-in-variables
const counted =
  (handler) =>
  (...args) => {
    calls += 1;
    return handler(...args, calls);
  };
const compose =
  (...steps) =>
  (first) =>
    steps.reduceRight((made, step) => step(made), first);
const wrap = compose(counted);
let saves = 0; // expect: no-state-in-variables
const save = _.throttle(() => (saves += 1), 100);
io.on("connection", (socket) => {
  socket.on("draw", () => socket.emit("card", deck.pop(), letters.pop()));
  socket.on("take", (id) => {
    const seat = _.find(seats, { id });
    seat.taken = true;
  });
  socket.on("join", () => (smallest().size += 1));
  socket.on("visit", () => _.forEach(rooms, (room) => (room.visits += 1)));
  socket.on("say", wrap((text) => log.push(text)));
  socket.on("save", () => save());
});
