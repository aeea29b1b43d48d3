// `createServer`, which has one type on all platforms: what it infers, and what it refuses.
import {
  createServer,
  type DefaultEventsMap,
  type Server,
  type ServerClass,
  type SetupContext,
} from "../../durable-objects/node/index.ts";
import type {
  CreateServer,
  CreateServerTypes,
  Events,
} from "../../durable-objects/shared/create-server/create-server-types.ts";
import { expectSame, expectType } from "./expect.ts";

type None = DefaultEventsMap;
interface FromClient {
  say: (text: string) => void;
}
interface ToClient {
  said: (text: string) => void;
}
interface Data {
  name: string;
}
interface Env {
  KEY: string;
}

// --- what it is given is typed
createServer((io, { env, name }) => {
  expectType<Server>()(io);
  expectType<string | undefined>()(name);
  io.emit("anything", env.ANYTHING);
});
createServer<FromClient, ToClient, None, Data, Env>({ pingInterval: 5 }, async (io, { env }) => {
  expectType<Env>()(env);
  io.on("connection", (socket) => {
    expectType<Data>()(socket.data);
    socket.on("say", (text) => {
      expectType<string>()(text);
      io.emit("said", text);
    });
    // @ts-expect-error clients send no such event
    socket.on("said", () => {});
    // @ts-expect-error nor do they get it
    io.emit("say", "x");
    // @ts-expect-error a string
    socket.emit("said", 5);
  });
});

// --- what it makes is typed
class Chat extends createServer<FromClient, ToClient>((io) => void io.emit("said", "x")) {
  announce(): void {
    this.io.emit("said", "x");
    // @ts-expect-error no such event
    this.io.emit("say", "x");
  }
}
expectSame<Chat["io"], Server<FromClient, ToClient, None, unknown>>;
expectType<ServerClass<FromClient, ToClient, None, Data, Env>>()(
  createServer<FromClient, ToClient, None, Data, Env>(() => {}),
);

// --- the types of a function are taken over
function setup(_io: Server<FromClient, ToClient, None, Data>, _context: SetupContext<Env>): void {}
expectType<ServerClass<FromClient, ToClient, None, Data, Env>>()(createServer(setup));
expectType<ServerClass<FromClient, ToClient, None, Data, Env>>()(createServer({}, setup));
expectType<ServerClass<FromClient, ToClient, None, Data, Env>>()(
  createServer(
    (_io: Server<FromClient, ToClient, None, Data>, { env: _env }: SetupContext<Env>) => {},
  ),
);

/** Within a generic function of the application's. */
export function make<More extends FromClient>(listen: (io: Server<More, ToClient>) => void) {
  return createServer<More, ToClient>((io) => listen(io));
}

// --- what it refuses
// @ts-expect-error no function
createServer({});
// @ts-expect-error no options
createServer(5, () => {});
// @ts-expect-error no such option
createServer({ pingIntervall: 5 }, () => {});
// @ts-expect-error of another type
createServer({ pingInterval: "5" }, () => {});
// @ts-expect-error no events
createServer<string>(() => {});

// --- a platform of one's own
interface Named extends CreateServerTypes {
  readonly options: readonly [this["env"]];
  readonly setup: (io: Server<Events<this["listens"]>>, data: this["data"]) => void;
  readonly made: [events: this["emits"], servers: this["serverSide"]];
}
declare const named: CreateServer<Named, { KEY: string }>;
expectType<[events: ToClient, servers: None]>()(
  named<FromClient, ToClient, None, Data, Env>([{ KEY: "" }], (io, data) => {
    io.on("connection", (socket) => void socket.on("say", () => {}));
    expectType<string>()(data.name);
  }),
);
// @ts-expect-error other bindings
named<FromClient, ToClient, None, Data, { OTHER: string }>(() => {});
