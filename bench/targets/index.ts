import { existsSync } from "node:fs";
import { SHARDS } from "./counters.ts";
import { startWorker } from "./miniflare.ts";
import { SOCKET_IO_PATH, startNodeServer } from "./node-process.ts";
import type { RunningServer, Target } from "./target.ts";

/** What a client of Socket.IO costs before it says anything. */
const CLIENT_MEASURES = ["connect", "memory"];

/** Where the object that exchanges the handshake's frames is measured: what `pace-60` costs beyond it is ours. */
const FRAMES_MEASURES = [...CLIENT_MEASURES, "pace-60"];

/** One event to everybody. */
const BROADCAST = "broadcast-500";

/** What a message of one client costs, answered to it or sent to everybody. */
const MESSAGE_MEASURES = ["echo-60", "echo-1k", "pace-60", "ack-60", BROADCAST];

/** What the first event after a sleep costs. */
const WAKE_MEASURES = ["wake-1000", "wake-5000"];

/** The last rungs, which are the least that a server with our core can be: each whole run has them. */
const LEAST: ReadonlySet<string> = new Set(["raw-core", "raw-clients", "raw-restored"]);

/** Rungs with our core in them. */
const WITH_CORE: ReadonlySet<string> = new Set([
  "raw-core",
  "raw-clients",
  "raw-instance",
  "raw-restored",
]);

/** What a server that takes clients that poll is there for. */
const POLLING_MEASURES = ["connect-polling", "connect-upgrade"];

/** How clients of Socket.IO reach a worker. */
const SOCKET_IO = { protocol: "socket.io", path: SOCKET_IO_PATH } as const;

/** All targets, floors first. */
export const TARGETS: readonly Target[] = [
  {
    id: "raw-workerd",
    title: "raw WebSocket object",
    runtime: "workerd",
    protocol: "raw",
    floor: "raw-workerd",
    unavailable: () => undefined,
    start: () => startWorker({ entry: "./raw.worker.ts", protocol: "raw", path: "/" }),
  },
  {
    id: "raw-frames",
    title: "raw object with the handshake's frames",
    runtime: "workerd",
    protocol: "socket.io",
    floor: "raw-workerd",
    only: FRAMES_MEASURES,
    unavailable: () => undefined,
    start: () => startWorker({ entry: "./raw-frames.worker.ts", ...SOCKET_IO }),
  },
  ...rungs(),
  {
    id: "dormouse-workerd",
    title: "Dormouse in workerd",
    runtime: "workerd",
    protocol: "socket.io",
    floor: "raw-workerd",
    floors: Object.fromEntries(CLIENT_MEASURES.map((measure) => [measure, "raw-frames"])),
    unavailable: () => missing("durable-objects/cloudflare/index.ts", "wasm/core.wasm"),
    start: () => startWorker({ entry: "./dormouse.worker.ts", ...SOCKET_IO }),
  },
  {
    id: "recovery-workerd",
    title: "Dormouse in workerd, recovery on",
    runtime: "workerd",
    protocol: "socket.io",
    floor: "dormouse-workerd",
    only: ["echo-60", "broadcast-500"],
    unavailable: () => missing("durable-objects/cloudflare/index.ts", "wasm/core.wasm"),
    start: () =>
      startWorker({
        entry: "./recovery.worker.ts",
        ...SOCKET_IO,
        appendsOffsets: true,
      }),
  },
  shardsTarget("shards-2-workerd", 2, ["broadcast-2000"]),
  shardsTarget("shards-workerd", SHARDS, ["broadcast-2000", "join"]),
  shardsTarget("shards-16-workerd", 16, ["broadcast-2000"]),
  {
    id: "raw-heartbeat",
    title: "raw object that sends pings",
    runtime: "workerd",
    protocol: "socket.io",
    floor: "raw-heartbeat",
    only: ["heartbeat-5000"],
    unavailable: () => undefined,
    start: () => startWorker({ entry: "./raw-heartbeat.worker.ts", ...SOCKET_IO }),
  },
  {
    id: "heartbeat-workerd",
    title: "Dormouse in workerd, short heartbeat",
    runtime: "workerd",
    protocol: "socket.io",
    floor: "raw-heartbeat",
    only: ["heartbeat-5000"],
    unavailable: () => missing("durable-objects/cloudflare/index.ts", "wasm/core.wasm"),
    start: () => startWorker({ entry: "./heartbeat.worker.ts", ...SOCKET_IO }),
  },
  {
    id: "raw-objects",
    title: "new raw objects with the handshake's frames",
    runtime: "workerd",
    protocol: "socket.io",
    floor: "raw-objects",
    only: ["start"],
    unavailable: () => undefined,
    start: () => startWorker({ entry: "./raw-frames.worker.ts", ...SOCKET_IO }),
  },
  {
    id: "raw-alarm-objects",
    title: "new raw objects that set an alarm, too",
    runtime: "workerd",
    protocol: "socket.io",
    floor: "raw-objects",
    only: ["start"],
    unavailable: () => undefined,
    start: () => startWorker({ entry: "./raw-heartbeat.worker.ts", ...SOCKET_IO }),
  },
  {
    id: "objects-workerd",
    title: "new objects of Dormouse",
    runtime: "workerd",
    protocol: "socket.io",
    floor: "raw-alarm-objects",
    only: ["start"],
    unavailable: () => missing("durable-objects/cloudflare/index.ts", "wasm/core.wasm"),
    start: () => startWorker({ entry: "./objects.worker.ts", ...SOCKET_IO }),
  },
  {
    id: "polling-workerd",
    title: "Dormouse in workerd, long-polling on",
    runtime: "workerd",
    protocol: "socket.io",
    polls: true,
    floor: "dormouse-workerd",
    only: POLLING_MEASURES,
    unavailable: () => missing("glue/engine/polling/index.ts", "wasm/core.wasm"),
    start: () => startWorker({ entry: "./polling.worker.ts", ...SOCKET_IO }),
  },
  {
    id: "socket.io-node",
    title: "socket.io on Node",
    runtime: "node",
    protocol: "socket.io",
    polls: true,
    floor: "socket.io-node",
    unavailable: () => undefined,
    start: () => startNodeServer("./socket-io.server.ts"),
  },
  {
    id: "raw-node",
    title: "ws without a protocol on Node",
    runtime: "node",
    protocol: "socket.io",
    floor: "socket.io-node",
    only: ["echo-60", "echo-1k", "broadcast-500", ...CLIENT_MEASURES],
    unavailable: () => undefined,
    start: () => startNodeServer("./raw-node.server.ts"),
  },
  {
    id: "dormouse-node",
    title: "Dormouse on Node",
    runtime: "node",
    protocol: "socket.io",
    floor: "socket.io-node",
    unavailable: () => missing("durable-objects/node/index.ts", "wasm/core.wasm"),
    start: () => startNodeServer("./dormouse-node.server.ts"),
  },
  {
    id: "polling-node",
    title: "Dormouse on Node, long-polling on",
    runtime: "node",
    protocol: "socket.io",
    polls: true,
    floor: "socket.io-node",
    only: POLLING_MEASURES,
    unavailable: () => missing("glue/engine/polling/index.ts", "wasm/core.wasm"),
    start: () => startNodeServer("./polling-node.server.ts"),
  },
];

/**
 * The raw object with one thing more in each: what an answer, and what a client costs on the way from the raw object
 * to Dormouse. Nobody who speaks Socket.IO can leave out the JSON and the listeners, nobody who sleeps what is attached.
 */
function rungs(): Target[] {
  const answers = {
    "raw-json": "raw object that reads and writes the JSON",
    "raw-listeners": "the same with the application's listeners",
    "raw-core": "the same with our core's calls",
  };
  const clients = {
    "raw-attached": "raw object that keeps its clients through a sleep",
    "raw-clients": "the same with our core's calls and the application's listeners",
  };
  const wakes = {
    "raw-woken": "raw object that reads what it kept of a client",
    "raw-gated": "the same with a gate around its start",
    "raw-instance": "the same with an instance of our core",
    "raw-restored": "the same with its client in the core, and the application's listeners",
  };
  const rung = (id: string, title: string): Omit<Target, "floor" | "only"> => ({
    id,
    title,
    runtime: "workerd",
    protocol: "socket.io",
    ...(!LEAST.has(id) && { onRequest: true }),
    unavailable: () => (WITH_CORE.has(id) ? missing("wasm/core.wasm") : undefined),
    start: () => startWorker({ entry: `./${id}.worker.ts`, ...SOCKET_IO }),
  });
  return [
    ...Object.entries(answers).map(([id, title]) => {
      return { ...rung(id, title), floor: "raw-workerd", only: MESSAGE_MEASURES };
    }),
    ...Object.entries(wakes).map(([id, title]) => {
      return { ...rung(id, title), floor: "raw-workerd", only: WAKE_MEASURES };
    }),
    ...Object.entries(clients).map(([id, title]) => {
      const floors = { [BROADCAST]: "raw-workerd" };
      return {
        ...rung(id, title),
        floor: "raw-frames",
        floors,
        only: [...CLIENT_MEASURES, BROADCAST],
      };
    }),
  ];
}

function shardsTarget(id: string, count: number, only: readonly string[]): Target {
  return {
    id,
    title: `Dormouse in workerd, on ${count} shards`,
    runtime: "workerd",
    protocol: "socket.io",
    floor: "dormouse-workerd",
    only,
    unavailable: () => missing("durable-objects/shards/index.ts", "wasm/core.wasm"),
    start: () => startShards(count),
  };
}

/** Dormouse on several shards, which tell at `CALLS_PATH` how often they call each other. */
export function startShards(count: number = SHARDS): Promise<RunningServer> {
  const variables = { SHARDS: String(count) };
  return startWorker({ entry: "./shards.worker.ts", variables, ...SOCKET_IO });
}

/** Dormouse in workerd, for crowds that come and go. */
export function startCrowd(): Promise<RunningServer> {
  return startWorker({ entry: "./dormouse.worker.ts", ...SOCKET_IO });
}

/** Dormouse in workerd, and an emitter at `EMIT_PATH`. */
export function startEmitter(): Promise<RunningServer> {
  return startWorker({ entry: "./emitter.worker.ts", ...SOCKET_IO });
}

/** Dormouse in workerd, with counters at `COUNTERS_PATH`; for counts, not for timing. */
export function startCountedWorker(): Promise<RunningServer> {
  return startWorker({ entry: "./dormouse-counted.worker.ts", ...SOCKET_IO });
}

/** The same with connection state recovery, and `BURST_PATH`. `persist`: a folder for what it stores. */
export function startCountedRecovery(persist: string): Promise<RunningServer> {
  return startWorker({
    entry: "./recovery-counted.worker.ts",
    ...SOCKET_IO,
    appendsOffsets: true,
    persist,
  });
}

/** Names the first of the repository's `files` that is not there. */
function missing(...files: string[]): string | undefined {
  const absent = files.find((file) => !existsSync(new URL(`../../${file}`, import.meta.url)));
  return absent === undefined ? undefined : `${absent} is missing`;
}
