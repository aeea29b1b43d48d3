// What only the Node entry has: the constructor, the port, the HTTP server.
import { createServer } from "node:http";
import { type ExtendedError, Server, type ServerOptions, type Socket } from "server-under-test";
import { expectType } from "./expect.ts";

const httpServer = createServer();
const options: Partial<ServerOptions> = {
  path: "/socket.io",
  connectTimeout: 45_000,
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxHttpBufferSize: 1e6,
  cors: { origin: ["https://example.com", /\.example\.com$/], credentials: true },
  connectionStateRecovery: { maxDisconnectionDuration: 60_000, skipMiddlewares: false },
  cleanupEmptyChildNamespaces: true,
  allowRequest: (request, callback) => callback(null, request.headers.origin === undefined),
};
new Server();
new Server(options);
new Server(3000);
new Server(3000, options);
new Server(httpServer);
const io = new Server(httpServer, options);
// @ts-expect-error no such option
new Server({ pingIntervall: 1 });
// @ts-expect-error a number
new Server({ pingInterval: "1" });

expectType<Promise<void>>()(io.close());
io.close((error) => expectType<Error | undefined>()(error));
expectType<string>()(io.path());
io.path("/other").connectTimeout();
io.listen(3000);
io.attach(httpServer, { path: "/x" });
io.engine.on("connection", () => {});
io.engine.on("connection_error", (error) => error);
io.engine.on("initial_headers", (headers, request) => [headers, request]);
io.engine.generateId = () => "id";
io.engine.generateId = async () => "id";

const fail = (socket: Socket, next: (error?: ExtendedError) => void): void => {
  const error: ExtendedError = new Error(socket.id);
  error.data = { code: 401 };
  next(error);
};
io.use(fail);
