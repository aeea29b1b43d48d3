/** Numbers that functions give: before, behind and in the middle of expressions. */
import type { Server } from "socket.io";

const FIRST_NUMBER = 100;
let visits = 0,
  number = FIRST_NUMBER;

export function setup(io: Server): void {
  var online = 0,
    most = 0;
  const next = (): number => {
    return ++number;
  };
  function leave(): void {
    online--;
  }
  io.on("connection", (socket) => {
    let said = 0;
    socket.on("enter", (answer) => {
      visits += 1;
      answer({ visits, online: ++online, ticket: next() });
      most = Math.max(most, online);
    });
    socket.on("say", (text) => io.emit("said", said++, text, `${said} of ${visits}`));
    socket.on("leave", () => {
      leave();
      io.emit("online", online, typeof online, most);
    });
  });
}
