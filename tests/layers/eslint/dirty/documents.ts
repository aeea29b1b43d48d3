// A package that is given the server keeps everybody's documents in memory.
import { createServer } from "node:http";
import { Server } from "dormouse-io/node";
import { YSocketIO } from "y-socket.io/dist/server";

const http = createServer();
const io = new Server(http);
const documents = new YSocketIO(io, { gcEnabled: true }); // expect: no-state-in-variables
documents.initialize();
http.listen(3000);
