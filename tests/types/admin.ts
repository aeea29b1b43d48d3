// The Admin UI, statistics and what keeps a server awake, with the types of their servers.
import type {
  Server as NodeServer,
  ServerStats,
  WakeCause,
  WakeEvent,
} from "../../durable-objects/node/index.ts";
import { InMemoryStore, instrument, ObjectStore, type Store } from "../../layers/admin/index.ts";
import { type Bill, estimateBill } from "../../layers/stats/index.ts";
import { expectType } from "./expect.ts";

interface ClientToServer {
  say: (text: string) => void;
}

interface ServerToClient {
  said: (text: string) => void;
}

declare const io: NodeServer<
  ClientToServer,
  ServerToClient,
  Record<string, never>,
  { name: string }
>;

const auth = { type: "basic", username: "x", password: "$2b$10$…" } as const;
instrument(io, { auth });
instrument(io, { auth: false, mode: "production", readonly: true, serverId: "x" });
instrument(io, { auth, store: new ObjectStore(io.of("/admin"), { sessionDuration: 1_000 }) });
const store: Store = new InMemoryStore();
instrument(io, { auth, store, namespaceName: "/custom" });
// @ts-expect-error it has to be said who is an admin
instrument(io, {});
// @ts-expect-error no such mode
instrument(io, { auth, mode: "test" });

const stats = io.stats();
expectType<ServerStats>()(stats);
expectType<number>()(stats.wakes.heartbeat);
expectType<Bill>()(estimateBill(stats, { eventDuration: 5, prices: { rows: 2 } }).sleeping);
// @ts-expect-error they are counted by the server
stats.naps = 1;
io.engine.on("wake", ({ cause, slept }: WakeEvent) => {
  expectType<WakeCause>()(cause);
  expectType<number>()(slept);
});
expectType<() => void>()(io.keepAwake("a game is on"));
expectType<string>()(io.registersAgain(() => "its result"));
