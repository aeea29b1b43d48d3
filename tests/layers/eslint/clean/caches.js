// What can be had again.
import { createServer } from "dormouse-io";

const priceCache = new Map();
let rateCache = {};
let isCached = false;
let cachedAt = 0;

async function priceOf(item) {
  const response = await fetch(`https://prices.example/${item}`);
  const price = await response.json();
  priceCache.set(item, price);
  return price;
}

async function ratesOf(name) {
  const rates = await (await fetch(`https://rates.example/${name}`)).json();
  rateCache[name] = { rates, at: Date.now() };
  isCached = true;
  cachedAt = Date.now();
  return rates;
}

export const Shop = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("price", async (item, answer) => answer(priceCache.get(item) ?? (await priceOf(item))));
    socket.on("rates", async (name, answer) => answer(await ratesOf(name), isCached, cachedAt));
    socket.on("forget", () => {
      priceCache.clear();
      rateCache = {};
      isCached = false;
    });
  });
});
