import { EventEmitter } from "node:events";
import { createServer } from "dormouse-io";
import { createClient } from "redis";

const bus = new EventEmitter();
const redis = createClient();

export class News extends createServer((io) => {
  const prices = new EventEmitter();
  io.on("connection", async (socket) => {
    const hear = (text: string) => socket.emit("news", text);
    bus.on("news", hear); // expect: no-outside-listeners
    prices.addListener("price", (price) => socket.emit("price", price)); // expect: no-outside-listeners
    process.on("message", () => socket.emit("told")); // expect: no-outside-listeners
    await redis.subscribe("news", (text: string) => hear(text)); // expect: no-outside-listeners
    socket.on("follow", (topic: string) => {
      bus.on(topic, (text) => socket.emit(topic, text)); // expect: no-outside-listeners
    });
    socket.on("next news", (ack: (text: string) => void) => {
      bus.once("news", ack); // expect: no-outside-listeners
      prices.once("price", (price) => ack(String(price))); // expect: no-outside-listeners
    });
    socket.on("disconnect", () => bus.off("news", hear));
  });
}) {}
