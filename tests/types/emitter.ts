// An emitter takes what the server's event maps declare.
import { shards } from "../../durable-objects/shards/index.ts";
import {
  type EmittedSocket,
  type Emitter,
  type EmitterOperator,
  emitter,
  type Sent,
} from "../../layers/emitter/index.ts";
import { expectType } from "./expect.ts";

interface ServerToClient {
  news: (title: string, stars: number) => void;
  plain: () => void;
  ask: (question: string, answer: (text: string) => void) => void;
  failing: (answer: (error: Error, text: string) => void) => void;
}

interface ServerToServer {
  ping: (text: string) => void;
  count: (room: string, answer: (count: number) => void) => void;
}

interface Data {
  user: string;
}

declare const binding: { idFromName(name: string): object; get(id: object): object };
const io = emitter<ServerToClient, ServerToServer, Data>(binding, { name: "lobby" });
expectType<Emitter<ServerToClient, ServerToServer, Data>>()(io);

expectType<Sent>()(io.emit("news", "title", 5));
expectType<Promise<void>>()(io.emit("plain") as Promise<void>);
expectType<EmitterOperator<ServerToClient, Data>>()(io.to("a").in(["b"]).except("c"));
io.to("room").volatile.compress(true).emit("news", "title", 5);
// @ts-expect-error no such event
io.emit("unknown");
// @ts-expect-error not a number
io.to("room").emit("news", "title", "five");
// @ts-expect-error an argument is missing
io.emit("news", "title");
// @ts-expect-error its clients acknowledge it
io.emit("ask", "why?", () => {});

expectType<Promise<string[]>>()(io.timeout(10).emitWithAck("ask", "why?"));
expectType<Promise<string[]>>()(io.to("room").timeout(10).emitWithAck("failing"));
// @ts-expect-error it is not acknowledged
io.timeout(10).emitWithAck("news", "title", 5);

expectType<Sent>()(io.serverSideEmit("ping", "text"));
expectType<Promise<number[]>>()(io.serverSideEmitWithAck("count", "room"));
// @ts-expect-error not a text
io.serverSideEmit("ping", 1);
// @ts-expect-error it is acknowledged
io.serverSideEmit("count", "room");

io.in("room")
  .fetchSockets()
  .then((sockets) => {
    expectType<EmittedSocket<ServerToClient, Data>[]>()(sockets);
    for (const socket of sockets) {
      expectType<Data>()(socket.data);
      expectType<Set<string>>()(socket.rooms);
      expectType<string | undefined>()(socket.handshake.headers.cookie);
      expectType<Sent>()(socket.emit("plain"));
      expectType<Promise<string>>()(socket.timeout(10).emitWithAck("ask", "why?"));
      expectType<Sent>()(socket.join(["a", "b"]));
      // @ts-expect-error no such event
      socket.emit("unknown");
    }
  });

interface ToAdmins {
  alarm: (text: string) => void;
}
const admins = io.of<ToAdmins>("/admin");
admins.emit("alarm", "fire");
// @ts-expect-error not of this namespace
admins.emit("plain");
expectType<Emitter<ServerToClient, ServerToServer, Data>>()(io.of("/other"));

// Who declares nothing may emit anything.
const untyped = emitter(binding);
untyped.emit("whatever", 1, {});
expectType<Promise<void>>()(untyped.flush());
// @ts-expect-error no such option
emitter(binding, { names: "x" });
emitter(binding, { shards: shards({ count: 4 }) });
// @ts-expect-error a number is no way to say it
emitter(binding, { shards: 4 });
