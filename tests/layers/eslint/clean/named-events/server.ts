// Events by names that are written down elsewhere, of a server that keeps nothing.
import { Server } from "dormouse-io/node";
import { Chat, EVENTS } from "./events.ts";

const io = new Server(3000);
io.on(EVENTS.CONNECTION, (peer) => {
  const since = peer.handshake.issued;
  peer.on(EVENTS.DRAW, (line: string) => io.emit(EVENTS.DRAW, line, since));
  peer.on(Chat.Say, (text: string) => {
    let shout = text.toUpperCase();
    shout += "!";
    io.emit(Chat.Say, shout);
  });
});
