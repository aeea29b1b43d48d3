import { createServer } from "dormouse-io";
import { options, setup } from "../parts/admin-ui.mjs";
import { addFence } from "./route.mjs";

export class Framework extends createServer(options, (io) => {
  addFence(io);
  setup(io);
}) {}
export { default } from "./route.mjs";
