// Events by names that are written down elsewhere.
import { Server } from "dormouse-io/node";
import { Chat, EVENTS, LEAVE } from "./events.ts";

const CONNECT = "connection";
const io = new Server(3000);
let lines: string[] = []; // expect: no-state-in-variables
let left = 0; // expect: no-state-in-variables

io.of("/board").on(EVENTS.CONNECTION, (peer) => {
  let color = "black"; // expect: no-state-in-variables
  peer.on(EVENTS.DRAW, (line: string, other: string) => {
    lines = [...lines, `${color} ${line}`];
    color = other;
  });
});
io.on(CONNECT, (visitor) => {
  let name = ""; // expect: no-state-in-variables
  visitor.once(Chat.Say, (text: string) => io.emit("said", name, text));
  visitor.on("name", (given: string) => {
    name = given;
  });
  visitor.once(LEAVE, () => {
    left += 1;
  });
});
io.of("/news").once(Chat.Connection, () => io.emit("first")); // expect: no-once-connection
