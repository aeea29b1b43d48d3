// Symbols that another module has made, by whatever names they are reached.
import { createServer } from "dormouse-io";
import * as all from "./keys.ts";
import { KEYS, Names, SCORE } from "./keys.ts";

export const Chat = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("join", (name: string) => {
      socket.data[SCORE] = 0; // expect: no-unkept-values
      socket.data[KEYS.user] = name; // expect: no-unkept-values
      socket.data[all.KEYS.user] = name; // expect: no-unkept-values
      io.data[all.SCORE] = 0; // expect: no-unkept-values
      socket.data[Names.NICK] = name; // expect: no-unkept-values
      socket.data.users = { [KEYS.user]: name }; // expect: no-unkept-values
      socket.data[KEYS.name] = name;
    });
  });
});
