import { Server } from "boardgame.io/server";
import { createServer } from "dormouse-io";

export class Framework extends createServer(() => {
  Server({ games: [] });
}) {}
export { default } from "./route.mjs";
