// What would be found out again, and what is opened again.
import { createServer } from "dormouse-io";
import _ from "lodash";
import { connect } from "some-database";

const database = _.once(() => connect("mongodb://localhost"));
const parse = _.memoize((text: string) => JSON.parse(text));
const words = _.memoize((text: string) => text.split(" ").length);

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("find", async (name: string) => socket.emit("found", await database().find(name)));
    socket.on("parse", (text: string) => socket.emit("parsed", parse(text), words(text)));
    socket.on("greet", () => {
      const greet = _.once(() => socket.emit("hello"));
      greet();
      greet();
    });
  });
});
