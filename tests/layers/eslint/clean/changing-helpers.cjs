// Functions of packages that give something new, or change what belongs to the event.
const _ = require("lodash");
const { without } = require("lodash");
const { BehaviorSubject } = require("rxjs");
const { Server } = require("socket.io");
const io = new Server(3000);

const words = ["one", "two"];
const defaults = { sound: { volume: 1 } };
const greet = (socket) => (name) => socket.emit("hello", name);

io.on("connection", (socket) => {
  socket.on("hello", greet(socket));
  socket.on("settings", (given, answer) => {
    const settings = _.cloneDeep(defaults);
    _.merge(settings, given);
    const list = without(words, given.word);
    _.remove(list, (word) => word === "two");
    const changes$ = new BehaviorSubject(settings);
    changes$.subscribe((one) => socket.emit("settings", one));
    answer(_.get(defaults, "sound.volume"), list);
  });
});
