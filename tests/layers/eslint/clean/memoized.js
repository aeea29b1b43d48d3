// Results that are kept by what they follow from.
import { Server } from "socket.io";
import { compile } from "handlebars";
const io = new Server();
const templates = {};
const parsed = new Map();
function template(name) {
  if (!templates[name]) templates[name] = compile(name);
  return templates[name];
}
function parse(text) {
  let result = parsed.get(text);
  if (result === undefined) {
    result = JSON.parse(text);
    parsed.set(text, result);
  }
  return result;
}
io.on("connection", (socket) => {
  socket.on("render", (name, answer) => answer(template(name)({})));
  socket.on("parse", (text, answer) => answer(parse(text)));
});
