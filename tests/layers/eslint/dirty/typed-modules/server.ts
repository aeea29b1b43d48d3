// A store and a limit in modules of their own, in TypeScript, imported by the names of what they become.
import { createServer } from "dormouse-io";
import { Inventory } from "./inventory.js";
import * as limits from "./limits";

const inventory = new Inventory();

export const Shop = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("buy", (item: string) => {
      if (!limits.isAllowed(socket.id)) return; // expect: no-limits-in-memory
      io.emit("left", item, inventory.take(item)); // expect: no-state-in-variables
    });
  });
});
