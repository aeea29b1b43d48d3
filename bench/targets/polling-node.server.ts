import { createServer } from "node:http";
import { Server } from "../../durable-objects/node/index.ts";
import { application } from "./application.ts";
import { reportPort } from "./report-port.ts";

const httpServer = createServer();
application(new Server(httpServer, { transports: ["polling", "websocket"] }));
reportPort(httpServer);
