// What has run once, in memory, runs once more after a sleep.
import { createServer } from "dormouse-io";
import _ from "lodash";
import memoize from "lodash/memoize.js";
import onetime from "onetime";

const pickColour = () => Math.floor(Math.random() * 3);
const colourOf = memoize((_name: string) => pickColour()); // expect: no-state-in-variables

export const Room = createServer((io) => {
  const begin = _.once(() => io.emit("begun")); // expect: no-state-in-variables
  const note = onetime(() => { // expect: no-state-in-variables
    io.data.startedBy = "somebody";
  });
  io.on("connection", (socket) => {
    socket.on("begin", () => {
      begin();
      note();
    });
    socket.on("colour", (name: string) => socket.emit("colour", colourOf(name)));
  });
});
