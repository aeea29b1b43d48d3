// What has no counterpart in upstream: io.data, io.schedule, onAlarm.
import {
  createServer,
  type DefaultEventsMap,
  type Namespace,
  type Server,
} from "../../durable-objects/node/index.ts";
import { expectType } from "./expect.ts";

interface Kept {
  count?: number;
  players: Map<string, { joined: Date }>;
}

interface Scheduled {
  "remove player": (id: string, reason?: string) => void;
  round: (number: number) => void;
  midnight: () => Promise<void>;
}

type Events = DefaultEventsMap;
declare const typed: Server<Events, Events, Events, unknown, Kept, Scheduled>;
declare const untyped: Server;

// --- io.data
expectType<Kept>()(typed.data);
expectType<number | undefined>()(typed.data.count);
typed.data.count = 1;
typed.data.players.get("a")?.joined.getTime();
// @ts-expect-error a number
typed.data.count = "1";
// @ts-expect-error no such key
typed.data.other = 1;
// @ts-expect-error its keys are assigned, not all of it
typed.data = { players: new Map() };
expectType<Kept>()(typed.sockets.data);
untyped.data.anything.at.all = 1;
untyped.of("/chat").data.history = [1];
declare const chat: Namespace<Events, Events, Events, unknown, Kept>;
expectType<Kept>()(chat.data);

// --- io.schedule
typed.schedule
  .on("remove player", (id, reason) => {
    expectType<string>()(id);
    expectType<string | undefined>()(reason);
  })
  .on("round", (number) => expectType<number>()(number))
  .on("midnight", async () => {});
typed.schedule.after(30_000, "remove player", { key: "a", args: ["a"] });
typed.schedule.after(30_000, "remove player", { args: ["a", "is gone"] });
typed.schedule.at(new Date(), "midnight");
typed.schedule.at(0, "midnight", { key: "a" });
typed.schedule.cancel("round", "a");
// @ts-expect-error no such name
typed.schedule.on("rounds", () => {});
// @ts-expect-error the parameter is a number
typed.schedule.on("round", (number: string) => number);
// @ts-expect-error arguments are missing
typed.schedule.after(1, "round");
// @ts-expect-error arguments are missing
typed.schedule.after(1, "round", { key: "a" });
// @ts-expect-error a number
typed.schedule.after(1, "round", { args: ["1"] });
// @ts-expect-error too many
typed.schedule.after(1, "midnight", { args: [1] });
// @ts-expect-error no such name
typed.schedule.cancel("rounds");
untyped.schedule.on("anything", (first, second) => [first.x, second.y]);
untyped.schedule.after(1, "anything", { args: [1, "2"] });
untyped.schedule.after(1, "anything");

// --- createServer takes a setup whose io is typed
createServer((io: Server<Events, Events, Events, unknown, Kept, Scheduled>, { onAlarm }) => {
  expectType<Kept>()(io.data);
  onAlarm(() => {});
  onAlarm(async (info) => info?.retryCount);
  // @ts-expect-error a function
  onAlarm(1);
});
