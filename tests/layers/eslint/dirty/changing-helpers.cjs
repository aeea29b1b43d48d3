// Collections that functions of packages change, packages that hold what changes, handlers that functions give.
const _ = require("lodash");
const { pull } = require("lodash");
const set = require("lodash/set");
const { BehaviorSubject } = require("rxjs");
const { atom } = require("nanostores");
const { Server } = require("socket.io");
const io = new Server(3000);

const users = []; // expect: no-state-in-variables
const tags = ["news"]; // expect: no-state-in-variables
const settings = {}; // expect: no-state-in-variables
const votes = new Map(); // expect: no-state-in-variables
const names$ = new BehaviorSubject([]); // expect: no-state-in-variables
const topic = atom("none"); // expect: no-state-in-variables
const vote = (socket) => (name) => votes.set(socket.id, name);

io.on("connection", (socket) => {
  socket.on("vote", vote(socket));
  socket.on("leave", () => {
    _.remove(users, { id: socket.id });
    pull(tags, socket.id);
    set(settings, "sound.volume", 1);
    names$.next([...names$.value, socket.id]);
    topic.set(socket.id);
  });
});
