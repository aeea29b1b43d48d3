import { nextRound } from "#lib/rounds";
import { votes } from "@/lib/votes";
import { createServer } from "dormouse-io";
import { players } from "state";

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("join", (name) => players.push(name)); // expect: no-state-in-variables
    socket.on("next", () => io.emit("round", nextRound())); // expect: no-state-in-variables
    socket.on("vote", (name) => votes.set(name, 1)); // expect: no-state-in-variables
  });
});
