// Promises that one event makes and another one settles.
import { createServer } from "dormouse-io";

let door: Promise<void> | undefined; // expect: no-state-in-variables
let open = () => {}; // expect: no-state-in-variables

export const House = createServer((io) => {
  io.on("connection", (socket) => {
    let ready = Promise.resolve(); // expect: no-state-in-variables
    let begin = () => {}; // expect: no-state-in-variables
    socket.on("close", () => {
      door = new Promise((done) => {
        open = done;
      });
    });
    socket.on("open", () => open());
    socket.on("enter", async () => {
      await door;
      io.emit("entered");
    });
    socket.on("wait", () => {
      ready = new Promise((done) => {
        begin = () => done();
      });
      return () => begin();
    });
    socket.on("begin", () => begin());
    socket.on("play", async () => {
      await ready;
      io.emit("playing");
    });
  });
});
