// The same within an event, or where nothing changes.
import { Server } from "socket.io";
const io = new Server();
class Options {
  constructor(given) {
    Object.assign(this, given);
  }
}
class Query {
  parts = {};
  where(key, value) {
    this.parts[key] = value;
    return this;
  }
}
class Api {
  double(number) {
    return number * 2;
  }
}
class Config {
  #rules;
  get rules() {
    this.#rules ??= ["be nice"];
    return this.#rules;
  }
}
const api = new Api();
const options = new Options({ title: "none" });
const config = new Config();
const formats = {};
function format(locale) {
  formats[locale] ??= createFormat(locale);
  return formats[locale];
}
function createFormat(locale) {
  const numbers = new Intl.NumberFormat(locale);
  return { say: (number) => numbers.format(number) };
}
function send(socket, message) {
  message.sentBy = options.title;
  message.tags.push("sent");
  socket.emit("message", message);
}
io.on("connection", (socket) => {
  socket.on("call", (method, number) => socket.emit("result", api[method](number)));
  socket.on("find", (key, value) => socket.emit("found", new Query().where(key, value).parts));
  socket.on("say", (text) => send(socket, { text, tags: [], sentBy: "" }));
  socket.on("rules", () => socket.emit("rules", config.rules, format("de").say(1.5)));
});
