import { createServer } from "dormouse-io/partyserver";
import { registerPresence } from "./presence";

export class Room extends createServer((io) => {
  io.on("connection", (socket) => {
    registerPresence(io, socket);
  });
}) {}
