// Options of the server's helper, what its log says, and recovered connections.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { io as connect, type Socket } from "socket.io-client";
import { Server } from "../../../durable-objects/node/index.ts";
import {
  type ServerHelperOptions,
  SocketIOConstants,
  SocketIOServerHelper,
} from "../../../layers/auth/index.ts";
import { line } from "../../../layers/auth/logger.ts";
import { listen } from "../../support/oracle.ts";
import { next } from "../../support/stock-client.ts";
import { ignis } from "./ignis.ts";

const io = new Server();
const given: ServerHelperOptions = { io, identifier: "test", authenticateFn: () => true };
const make = (more: object) => () => new SocketIOServerHelper({ ...given, ...more });

test("options that are unknown, missing or of the wrong type are refused by name", () => {
  const wrong: [object, string][] = [
    [
      { autenticateFn: () => true },
      'unknown option "autenticateFn" (did you mean "authenticateFn"?)',
    ],
    [{ io: undefined }, 'option "io" must be a server, got undefined'],
    [{ identifier: undefined }, 'option "identifier" must be a string, got undefined'],
    [{ authenticateFn: undefined }, 'option "authenticateFn" must be a function, got undefined'],
    [{ validateRoomFn: true }, 'option "validateRoomFn" must be a function, got true'],
    [{ clientConnectedFn: {} }, 'option "clientConnectedFn" must be a function, got {}'],
    [
      { authenticateTimeout: "10s" },
      'option "authenticateTimeout" must be milliseconds, or Infinity, got "10s"',
    ],
    [{ pingInterval: -1 }, 'option "pingInterval" must be milliseconds, or Infinity, got -1'],
    [
      { defaultRooms: "music" },
      'option "defaultRooms" must be an array of strings that are not empty, got "music"',
    ],
    [
      { defaultRooms: [1] },
      'option "defaultRooms" must be an array of strings that are not empty, got [1]',
    ],
  ];
  for (const [options, message] of wrong) {
    const text = `dormouse: SocketIOServerHelper: ${message}`;
    assert.throws(make(options), { name: "HelperError", message: text, statusCode: 500 });
  }
});

test("options of the helper for Node servers are told to be of no use, and do no harm", () => {
  const lines: string[] = [];
  const tell = (message: string) => void lines.push(message);
  const logger = { info: tell, warn: tell, error: tell, debug: tell };
  make({ runtime: "node", server: {}, serverOptions: {}, redisConnection: {}, logger })();
  assert.equal(lines.length, 4);
  assert.match(lines[0] ?? "", /^the option runtime is not needed here/);
});

test("on() before configure() is a mistake, a second configure() is none", async () => {
  const helper = make({})();
  const register = () => helper.on({ topic: "connection", handler: () => {} });
  const message = "[on] IOServer is not initialized yet!";
  assert.throws(register, { name: "HelperError", message, statusCode: 400 });
  await helper.configure();
  register();
  await helper.configure();
  // The helper's own, and that one.
  assert.equal(io.listeners("connection").length, 2);
});

test("constants have the names and values that ignis gives them", () => {
  assert.deepEqual({ ...SocketIOConstants }, { ...ignis.SocketIOConstants });
});

test("what clients choose does not fill the log", () => {
  const text = line("Join rejected", { rooms: ["x".repeat(10_000)], reason: undefined });
  assert.ok(text.length < 300);
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  assert.equal(
    line("x", { circular, big: 1n }),
    "x | circular: [object Object] | big: [object BigInt]",
  );
});

test("rooms are joined that validateRoomFn allows across a sleep; who has gone meanwhile joins none", async (t) => {
  const httpServer = createServer();
  const server = new Server(httpServer);
  const lines: string[] = [];
  const tell = (message: string) => void lines.push(message);
  let answer: (() => void) | undefined;
  const helper = new SocketIOServerHelper({
    io: server,
    identifier: "waiting",
    authenticateFn: () => true,
    validateRoomFn: ({ rooms }) => {
      return new Promise((resolve) => {
        answer = () => resolve(rooms);
      });
    },
    logger: { info: tell, warn: tell, error: tell, debug: tell },
  });
  await helper.configure();
  const { url, stop } = await listen(httpServer);
  const socket = connect(url, { transports: ["websocket"], reconnection: false });
  t.after(async () => {
    socket.disconnect();
    await Promise.all([server.close(), stop()]);
  });
  const id = await authenticated(socket);
  const told = async (text: string): Promise<void> => {
    while (!lines.includes(text.replace("<id>", id))) await delay(5);
  };
  const ask = async (room: string): Promise<void> => {
    answer = undefined;
    socket.emit("join", { rooms: [room] });
    while (answer === undefined) await delay(5);
  };
  await ask("music");
  await server.hibernate();
  answer?.();
  await told('Joined rooms | id: <id> | rooms: ["music"]');
  assert.ok(server.sockets.adapter.rooms.has("music"));
  await ask("art");
  socket.disconnect();
  while (server.sockets.sockets.size > 0) await delay(5);
  answer?.();
  await told('Gone before it joined rooms | id: <id> | rooms: ["art"]');
  assert.equal(server.sockets.adapter.rooms.size, 0);
});

/** Connects and authenticates a client. Returns its id. */
async function authenticated(socket: Socket): Promise<string> {
  await next(socket, "connect");
  socket.emit("authenticate");
  await next(socket, "authenticated");
  return socket.id ?? "";
}

test("a recovered connection has to authenticate again, in time", async () => {
  const httpServer = createServer();
  const server = new Server(httpServer, { connectionStateRecovery: {} });
  const helper = new SocketIOServerHelper({
    io: server,
    identifier: "recovery",
    authenticateFn: () => true,
    authenticateTimeout: 500,
  });
  await helper.configure();
  const { url, stop } = await listen(httpServer);
  const socket = connect(url, { transports: ["websocket"], reconnectionDelay: 1 });
  after(async () => {
    socket.disconnect();
    await Promise.all([server.close(), stop()]);
  });
  const id = await authenticated(socket);
  const connected = next(socket, "connect");
  socket.io.engine.close();
  await connected;
  assert.equal(socket.recovered, true);
  assert.equal(helper.getClients({ id })?.state, "unauthorized");
  const [reason] = await next(socket, "disconnect");
  assert.equal(reason, "io server disconnect");
});
