// The helper's functions have the types of their server.
import type { Server, Socket } from "../../durable-objects/node/index.ts";
import { type HelperClient, SocketIOServerHelper } from "../../layers/auth/index.ts";
import { expectType } from "./expect.ts";

interface ClientToServer {
  say: (text: string) => void;
}

interface ServerToClient {
  said: (message: { text: string }) => void;
}

interface Data {
  user: string;
}

type ServerSide = Record<string, never>;
declare const io: Server<ClientToServer, ServerToClient, ServerSide, Data>;

const helper = new SocketIOServerHelper({
  io,
  identifier: "types",
  authenticateFn: ({ auth }, { socket }) => {
    socket.data.user = String(auth.user);
    return true;
  },
  validateRoomFn: ({ socket, rooms }) => {
    expectType<string>()(socket.data.user);
    return rooms.slice(1);
  },
  clientConnectedFn: ({ socket, restored }) => {
    expectType<boolean>()(restored);
    socket.on("say", (text) => expectType<string>()(text));
    // @ts-expect-error not an event of clients
    socket.on("unknown", () => {});
  },
});

helper.send({ payload: { topic: "said", data: { text: "hi" } } });
// @ts-expect-error not what the event takes
helper.send({ payload: { topic: "said", data: "hi" } });
// @ts-expect-error not an event of the server's
helper.send({ payload: { topic: "unknown", data: 1 } });
expectType<HelperClient<Socket<ClientToServer, ServerToClient, ServerSide, Data>> | undefined>()(
  helper.getClients({ id: "x" }),
);
helper.getIOServer().emit("said", { text: "hi" });
// @ts-expect-error authenticateFn is missing
new SocketIOServerHelper({ io, identifier: "types" });
