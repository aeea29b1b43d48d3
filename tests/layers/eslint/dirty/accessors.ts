// Code of classes for reading and assigning properties, collections of functions and of instances that events fill.
import { Server, type Socket } from "socket.io";

class Store {
  static #instance: Store;
  #users: string[] = []; // expect: no-state-in-variables
  #notice = ""; // expect: no-state-in-variables
  static get instance() {
    if (!Store.#instance) Store.#instance = new Store();
    return Store.#instance;
  }
  get users() {
    return this.#users;
  }
  set notice(text: string) {
    this.#notice = text;
  }
  join(name: string) {
    this.#users = [...this.#users, name];
  }
}
const counters = { // expect: no-state-in-variables
  number: 0,
  get next() {
    counters.number += 1;
    return counters.number;
  },
};

type Action = (...args: unknown[]) => unknown;
class Actions {
  #all = new Map<string, Action>();
  add(name: string, action: Action) {
    this.#all.set(name, action);
  }
  listen(socket: Socket) {
    this.#all.forEach((action, name) => {
      socket.on(name, (...args) => action(...args));
    });
  }
}
class Countdown {
  begin(io: Server) {
    setInterval(() => io.emit("tick"), 1000); // expect: no-timers
  }
}

const io = new Server(3000);
const actions = new Actions();
let total = 0; // expect: no-state-in-variables
let hooked = 0; // expect: no-state-in-variables
actions.add("add", (amount) => {
  total += Number(amount);
});
const hooks: Action[] = [];
hooks.push(() => {
  hooked += 1;
});
const running: Record<string, Countdown> = {}; // expect: no-state-in-variables

io.on("connection", (socket) => {
  actions.listen(socket);
  socket.on("join", (name: string) => {
    Store.instance.join(name);
    Store.instance.notice = name;
    socket.emit("number", counters.next, Store.instance.users);
    hooks.forEach((hook) => hook(name));
  });
  socket.on("begin", (room: string) => {
    running[room] = new Countdown();
    running[room].begin(io);
  });
});
