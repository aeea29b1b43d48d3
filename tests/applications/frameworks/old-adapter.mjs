import { createServer } from "node:http";
import { Server } from "socket.io";
import { options, setup } from "./parts/old-adapter.mjs";

export const http = createServer();
export const io = new Server(http, options);
setup(io);
