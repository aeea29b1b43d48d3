import { createServer } from "dormouse-io";
import { makeApp } from "../parts/nest.mjs";
import { addFence } from "./route.mjs";
import { made } from "./socket.io.mjs";

export class Framework extends createServer(async (io) => {
  addFence(io);
  const app = await makeApp();
  await made.run(io, () => app.init());
}) {}
export { default } from "./route.mjs";
