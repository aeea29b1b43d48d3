// What helpers make within an event is gone with it, and what nobody changes is as it was.
import _ from "lodash";
import { Server } from "socket.io";
const io = new Server();
const CARDS = _.range(52);
const TEAMS = [{ name: "red", price: 1 }];
const compose =
  (...steps) =>
  (first) =>
    steps.reduceRight((made, step) => step(made), first);
const wrap = compose((handler) => (text) => handler(text));
io.on("connection", (socket) => {
  socket.on("draw", () => {
    const deck = _.shuffle(CARDS);
    const words = "a b c".split(" ");
    words.pop();
    socket.emit("card", deck.pop(), words);
  });
  socket.on("cheap", () => {
    const team = { ..._.find(TEAMS, { name: "red" }) };
    team.price = 0;
    const copies = _.cloneDeep(TEAMS);
    copies.push(team);
    const total = TEAMS.reduce((sum, { price }) => sum + price, 0);
    const byName = TEAMS.reduce((all, one) => {
      all[one.name] = one.price;
      return all;
    }, {});
    socket.emit("team", team, copies, total, byName);
  });
  socket.on("say", wrap((text) => io.emit("said", text)));
});
