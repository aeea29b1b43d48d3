import { createServer } from "dormouse-io/partyserver";
import { registerOrders } from "./orders";
import { registerUsers } from "./users";

export class Shop extends createServer((io) => {
  io.on("connection", (socket) => {
    registerOrders(io, socket);
    registerUsers(io, socket);
  });
}) {}
