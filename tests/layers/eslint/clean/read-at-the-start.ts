// What is read before anybody connects.
import { readFile } from "node:fs/promises";
import { createServer } from "dormouse-io";
const config = JSON.parse(await readFile("config.json", "utf8"));
let prices: Record<string, number>;
export const Shop = createServer(async (io) => {
  prices = await fetch("https://example.com/prices").then((r) => r.json());
  const menu: string[] = [];
  for (const [name] of Object.entries(prices)) menu.push(name);
  menu.sort();
  io.on("connection", (socket) => {
    socket.emit("menu", menu, config.title);
    socket.on("price", (name: string, answer) => answer(prices[name]));
  });
});
