import { createServer } from "dormouse-io";
import { makeApp } from "../parts/feathers.mjs";
import { addFence } from "./route.mjs";
import { made } from "./socket.io.mjs";

export class Framework extends createServer({ replay: "eager" }, async (io) => {
  addFence(io);
  io.data.messages ??= [];
  const app = makeApp(io.data.messages);
  await made.run(io, () => app.setup());
}) {}
export { default } from "./route.mjs";
