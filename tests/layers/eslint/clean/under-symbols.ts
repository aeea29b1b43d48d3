// What is under a symbol and stays as it is made.
import { createServer } from "dormouse-io";

const LABELS = Symbol("labels");
const FORMAT = Symbol.for("format");

class Labels {
  [LABELS] = new Map([["a", "first"]]);
  [FORMAT] = (text: string) => text.trim();
  of(key: string) {
    return this[FORMAT](this[LABELS].get(key) ?? key);
  }
}
const labels = new Labels();

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("label", (key: string) => io.emit("label", labels.of(key)));
  });
});
