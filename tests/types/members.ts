// Members that applications read and call beside `on` and `emit`: what they take, and what they give.
import {
  type BroadcastOperator,
  type DefaultEventsMap,
  type DisconnectReason,
  type Event,
  type ExtendedError,
  Namespace,
  type RemoteSocket,
  type Server,
  type ServerOptions,
  Socket,
} from "server-under-test";
import { expectType } from "./expect.ts";

declare const io: Server;
declare const socket: Socket;

// --- classes are values, too
expectType<boolean>()((socket as unknown) instanceof Socket);
expectType<boolean>()((io.sockets as unknown) instanceof Namespace);
const operator: BroadcastOperator<DefaultEventsMap, unknown> = io.to("room");
operator.fetchSockets().then((members: RemoteSocket<DefaultEventsMap, unknown>[]) => members);
const typed: Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, { name: string }> = io;
typed.on("connection", ({ data }) => expectType<string>()(data.name));

// --- the connection underneath
socket.conn.protocol satisfies number;
expectType<string>()(socket.conn.remoteAddress);
expectType<string>()(socket.conn.transport.name);
expectType<boolean>()(socket.conn.transport.writable);
socket.conn.once("upgrade", () => {});
socket.conn.on("packet", ({ type, data }) => [type, data]);
socket.conn.on("packetCreate", ({ type, data }) => [type, data]);
socket.conn.on("drain", () => {});
socket.conn.on("close", (reason) => reason);
socket.conn.close();
expectType<string | undefined>()(socket.request.headers.cookie);
expectType<string | undefined>()(socket.request.headers["x-any"] as string | undefined);
expectType<string | undefined>()(socket.request.headers.origin);
expectType<string>()(socket.client.conn.remoteAddress);
expectType<string | undefined>()(socket.request.url);

// --- the handshake
expectType<string>()(socket.handshake.address);
expectType<string>()(socket.handshake.time);
expectType<number>()(socket.handshake.issued);
expectType<string>()(socket.handshake.url);
expectType<boolean>()(socket.handshake.secure);
expectType<boolean>()(socket.handshake.xdomain);
expectType<string | string[] | undefined>()(socket.handshake.query.room);
expectType<string | undefined>()(socket.handshake.headers.authorization);
socket.handshake.auth.token.anything;

// --- io.engine
expectType<number>()(io.engine.clientsCount);
io.engine.on("connection_error", (error) => [error.code, error.message, error.context, error.req]);
io.engine.on("headers", (headers, request) => [headers, request]);

// --- namespaces and adapters
expectType<string>()(io.sockets.name);
expectType<number>()(io.of("/").sockets.size);
io.of("/").sockets.get("id")?.emit("x");
for (const [id, one] of io.sockets.sockets) expectType<string>()(id + one.id);
expectType<Map<string, Set<string>>>()(io.of("/").adapter.rooms);
expectType<Map<string, Set<string>>>()(io.of("/").adapter.sids);
for (const event of ["create-room", "delete-room", "join-room", "leave-room"]) {
  io.of("/").adapter.on(event, (room, id) => [room, id]);
}
expectType<Set<string> | undefined>()(io.of("/").adapter.rooms.get("room"));
expectType<Namespace>()(io.of("/x").on("connection", () => {}));

// --- emitters
expectType<number>()(socket.listenerCount("x"));
expectType<(string | symbol)[]>()(socket.eventNames());
socket.off("x", () => {});
socket.removeListener("x", () => {});
socket.removeAllListeners("x").removeAllListeners();
expectType<Socket>()(socket.on("x", () => {}).once("y", () => {}));
expectType<Socket>()(socket.join("a") === undefined ? socket : socket.disconnect(true));
expectType<Promise<void> | void>()(socket.leave("a"));
expectType<Socket>()(socket.compress(false).volatile);
expectType<Socket>()(socket.onAny((event, ...args) => [event, args]).offAny());
socket.onAnyOutgoing((event, ...args) => [event, args]).offAnyOutgoing();
// @ts-expect-error one room only
socket.leave(["a", "b"]);

// --- middlewares
const reject = (event: Event, next: (error?: Error) => void): void => next(new Error(event[0]));
socket.use(reject);
socket.use(([name, ...args], next) => (name === "x" && args.length > 0 ? next() : undefined));
const refuse = (_: Socket, next: (error?: ExtendedError) => void): void => next();
io.use(refuse).of("/x").use(refuse).use(refuse);
const why = (reason: DisconnectReason): string => reason;
socket.on("disconnect", why);
const options: Partial<ServerOptions> = { adapter: io.adapter(), serveClient: false };
expectType<Partial<ServerOptions>>()(options);
