// Files that hand the socket on: what is lost is told of once, where it is changed.
import { createServer } from "dormouse-io";
import { registerSockets } from "./sockets/index.ts";

export const Quiz = createServer((io) => registerSockets(io));
