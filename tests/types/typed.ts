// Servers with event maps take what the maps declare.
import type { BroadcastOperator, Namespace, RemoteSocket, Server, Socket } from "server-under-test";
import { expectSame, expectType } from "./expect.ts";

interface ClientToServer {
  hello: (name: string) => void;
  plain: () => void;
  sum: (a: number, b: number, answer: (sum: number) => void) => void;
  optional: (a?: number) => void;
  message: (text: string) => void;
}

interface ServerToClient {
  news: (title: string, stars: number) => void;
  plain: () => void;
  ask: (question: string, answer: (text: string) => void) => void;
  confirm: (answer: () => void) => void;
  pair: (answer: (a: string, b: number) => void) => void;
  failing: (answer: (error: Error, text: string) => void) => void;
  spread: (...words: string[]) => void;
  message: (text: string) => void;
}

interface ServerToServer {
  ping: (text: string) => void;
  count: (room: string, answer: (count: number) => void) => void;
}

interface Data {
  user: string;
  age?: number;
}

type IO = Server<ClientToServer, ServerToClient, ServerToServer, Data>;
type S = Socket<ClientToServer, ServerToClient, ServerToServer, Data>;
type N = Namespace<ClientToServer, ServerToClient, ServerToServer, Data>;

declare const io: IO;
declare const socket: S;
declare const nsp: N;

// --- what comes in
io.on("connection", (connected) => {
  expectType<S>()(connected);
});
io.of("/chat", (connected) => expectType<S>()(connected));
expectType<N>()(io.of("/chat"));
expectType<N>()(io.of(/^\/chat-\d+$/));
expectType<N>()(io.of((name, auth, next) => next(null, name === auth.name)));
expectType<N>()(io.sockets);
expectType<N>()(socket.nsp as unknown as N);
io.on("new_namespace", (created) => expectType<N>()(created));

socket.on("hello", (name) => expectType<string>()(name));
socket.once("hello", (name) => expectType<string>()(name));
socket.on("plain", () => {});
socket.on("optional", (a) => expectType<number | undefined>()(a));
socket.on("sum", (a, b, answer) => {
  expectType<number>()(a);
  expectType<number>()(b);
  expectType<(sum: number) => void>()(answer);
  answer(a + b);
  // @ts-expect-error a number is expected
  answer("three");
});
// @ts-expect-error no such event
socket.on("unknown", () => {});
// @ts-expect-error too many parameters
socket.on("hello", (name, more) => [name, more]);
// @ts-expect-error the name is a string
socket.on("hello", (name: number) => name);
// @ts-expect-error that goes out, it does not come in
socket.on("news", () => {});
expectType<((name: string) => void)[]>()(socket.listeners("hello"));
// What the maps do not type
socket.off("whatever", () => {});
socket.prependListener("whatever", (first, second) => [first.x, second.y]);
socket.removeAllListeners("whatever").removeAllListeners();
expectType<number>()(socket.listenerCount("whatever"));
expectType<(string | symbol)[]>()(socket.eventNames());

// --- what goes out to one
expectType<boolean>()(socket.emit("news", "title", 5));
socket.emit("plain");
socket.emit("spread");
socket.emit("spread", "a", "b");
socket.emit("ask", "why?", (text) => expectType<string>()(text));
socket.emit("pair", (a, b) => {
  expectType<string>()(a);
  expectType<number>()(b);
});
socket.send("text");
// @ts-expect-error no such event
socket.emit("unknown");
// @ts-expect-error that comes in, it does not go out
socket.emit("hello", "name");
// @ts-expect-error an argument is missing
socket.emit("news", "title");
// @ts-expect-error one too many
socket.emit("plain", 1);
// @ts-expect-error not a number
socket.emit("news", "title", "five");
// @ts-expect-error text only
socket.send(1);

socket.timeout(10).emit("ask", "why?", (error, text) => {
  expectType<Error>()(error);
  expectType<string>()(text);
});
socket.timeout(10).emit("confirm", (error) => expectType<Error>()(error));
socket.timeout(10).emit("failing", (error, text) => {
  expectType<Error>()(error);
  expectType<string>()(text);
});
// @ts-expect-error the error comes first
socket.timeout(10).emit("ask", "why?", (text: string) => text);

expectType<Promise<string>>()(socket.emitWithAck("ask", "why?"));
expectType<Promise<string>>()(socket.timeout(10).emitWithAck("ask", "why?"));
expectType<Promise<string>>()(socket.emitWithAck("failing"));
expectType<Promise<string>>()(socket.emitWithAck("pair"));
expectType<Promise<undefined>>()(socket.emitWithAck("confirm"));
// @ts-expect-error it is not acknowledged
socket.emitWithAck("news", "title", 5);
// @ts-expect-error the question is missing
socket.emitWithAck("ask");

expectType<S>()(socket.volatile);
expectType<S>()(socket.compress(true));
expectType<S>()(socket.join("room") as unknown as S);

// --- what goes out to many
expectType<boolean>()(io.emit("news", "title", 5));
nsp.emit("plain");
io.send("text");
// @ts-expect-error a broadcast needs a timeout
io.emit("ask", "why?", () => {});
// @ts-expect-error a broadcast needs a timeout
nsp.emit("confirm", () => {});
// @ts-expect-error no such event
io.emit("unknown");
// @ts-expect-error not a number
io.emit("news", "title", "five");

io.to("room").emit("news", "title", 5);
io.in(["a", "b"]).except("c").volatile.local.compress(false).emit("plain");
socket.broadcast.emit("news", "title", 5);
socket.to("room").emit("ask", "why?", (texts) => expectType<string[]>()(texts));
socket.local.emit("plain");
io.to("room").emit("pair", (strings) => expectType<string[]>()(strings));
// @ts-expect-error only the first answer is gathered
io.to("room").emit("pair", (strings, numbers) => [strings, numbers]);
// @ts-expect-error no such event
io.to("room").emit("unknown");
// @ts-expect-error an argument is missing
socket.broadcast.emit("news", "title");

io.timeout(10).emit("ask", "why?", (error, texts) => {
  expectType<Error>()(error);
  expectType<string[]>()(texts);
});
io.to("room")
  .timeout(10)
  .emit("confirm", (error) => expectType<Error>()(error));
io.to("room")
  .timeout(10)
  .emit("failing", (error, texts) => {
    expectType<Error>()(error);
    expectType<string[]>()(texts);
  });
expectType<Promise<string[]>>()(io.timeout(10).emitWithAck("ask", "why?"));
expectType<Promise<string[]>>()(socket.to("room").timeout(10).emitWithAck("ask", "why?"));
// @ts-expect-error a broadcast needs a timeout
io.to("room").emitWithAck("ask", "why?");
// @ts-expect-error it is not acknowledged
io.timeout(10).emitWithAck("news", "title", 5);

// --- other servers
io.on("ping", (text) => expectType<string>()(text));
nsp.on("count", (room, answer) => {
  expectType<string>()(room);
  answer(1);
});
io.serverSideEmit("ping", "text");
io.serverSideEmit("count", "room", (error, counts) => {
  expectType<Error>()(error);
  expectType<number[]>()(counts);
});
expectType<Promise<number[]>>()(nsp.serverSideEmitWithAck("count", "room"));
// @ts-expect-error not a number
io.serverSideEmit("ping", 1);
// @ts-expect-error no such event
io.serverSideEmit("unknown");
// @ts-expect-error it is not acknowledged
io.serverSideEmitWithAck("ping", "text");
// @ts-expect-error that is a client's event
io.on("hello", () => {});

// --- sockets
expectType<Data>()(socket.data);
expectType<number | undefined>()(socket.data.age);
// @ts-expect-error a string
socket.data.user = 1;
// @ts-expect-error no such field
socket.data.name;

io.fetchSockets().then((sockets) => {
  expectType<RemoteSocket<ServerToClient, Data>[]>()(sockets);
  for (const remote of sockets) {
    expectType<string>()(remote.id);
    expectType<Set<string>>()(remote.rooms);
    expectType<Data>()(remote.data);
    remote.emit("news", "title", 5);
    remote.emit("ask", "why?", (text) => expectType<string>()(text));
    remote.timeout(10).emit("ask", "why?", (error, text) => {
      expectType<Error>()(error);
      expectType<string>()(text);
    });
    remote.join(["a", "b"]);
    remote.leave("a");
    remote.disconnect().disconnect(true);
    // @ts-expect-error no such event
    remote.emit("unknown");
  }
});
expectType<Promise<Set<string>>>()(io.allSockets());
socket.use(([name, ...args], next) => {
  expectType<string>()(name);
  // biome-ignore lint/suspicious/noExplicitAny: the type upstream has
  expectType<any[]>()(args);
  next();
  next(new Error("no"));
});
nsp.use((connecting, next) => {
  expectType<S>()(connecting);
  const error: Error & { data?: unknown } = new Error("no");
  error.data = { code: 1 };
  next(error);
});
socket.onAny((name, ...args) => [name, args]);
socket
  .prependAny(() => {})
  .offAny()
  .onAnyOutgoing(() => {})
  .prependAnyOutgoing(() => {});
expectType<S>()(socket.offAnyOutgoing());
// biome-ignore lint/suspicious/noExplicitAny: the type upstream has
expectType<((...args: any[]) => void)[]>()(socket.listenersAny());
// biome-ignore lint/suspicious/noExplicitAny: the type upstream has
expectType<((...args: any[]) => void)[]>()(socket.listenersAnyOutgoing());

expectType<Map<string, S>>()(nsp.sockets);
expectType<Map<string, Set<string>>>()(nsp.adapter.rooms);
expectType<Map<string, Set<string>>>()(nsp.adapter.sids);
expectType<void | Promise<void>>()(socket.join(["a", "b"]));
expectType<void | Promise<void>>()(socket.leave("a"));
expectType<S>()(socket.disconnect(true));
expectType<string>()(socket.handshake.address);
expectType<string | undefined>()(socket.handshake.headers.cookie);
expectType<string | string[] | undefined>()(socket.handshake.query.token);
socket.handshake.auth.token.whatever;
socket.request.headers.cookie?.split(";");
expectType<string | undefined>()(socket.request.url);
expectType<number>()(io.engine.clientsCount);

// --- the operators keep their types
type Operator = ReturnType<IO["to"]>;
expectSame<Operator, ReturnType<S["to"]>>();
expectSame<Operator, S["broadcast"]>();
declare const operator: BroadcastOperator<ServerToClient, Data>;
expectType<BroadcastOperator<ServerToClient, Data>>()(operator.to("a").in("b").except(["c"]));
expectType<void>()(operator.socketsJoin(["a"]));
expectType<void>()(operator.socketsLeave("a"));
expectType<void>()(operator.disconnectSockets(true));
