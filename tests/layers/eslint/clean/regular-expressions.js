// Without the flags, from the beginning, to the end, or where each event makes its own.
import { Server } from "socket.io";
const io = new Server();
const BAD = /darn/i;
const ALL = /darn/g;
const WORD = /\w+/g;
const SET = /\d/g;
io.on("connection", (socket) => {
  socket.on("say", (text) => {
    const own = /a/g;
    if (BAD.test(text) || own.test(text)) return;
    const words = [];
    let found;
    while ((found = WORD.exec(text)) !== null) words.push(found[0]);
    SET.lastIndex = 0;
    io.emit("said", text.replace(ALL, "****"), text.match(ALL), [...text.matchAll(ALL)], words);
    io.emit("number", SET.test(text));
  });
});
