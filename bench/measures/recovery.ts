/** What connection state recovery writes, and what it takes to come back after a crash. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LoadDriver } from "../load/driver.ts";
import { residentKibibytes } from "../load/process-usage.ts";
import type { Count, Size } from "../report/results.ts";
import type { Settings } from "../settings.ts";
import { BURST_PATH, COUNTERS_PATH, type Counters } from "../targets/counters.ts";
import { startCountedRecovery } from "../targets/index.ts";
import type { RunningServer } from "../targets/target.ts";

/** All of this together; its parts depend on each other. */
export const RECOVERY_MEASURE = { id: "recovery" };

const CONNECTIONS = 20;
const PACKETS = 1_000;
const SECOND = 1_000;
const HOUR = 3_600_000;
/** Longer than writes are put off, and losses take to be noticed, in milliseconds. */
const SETTLE = 1_000;
/** Packets that each client misses that comes back. */
const MISSED = 10;
const CONCURRENCY = 20;

export interface RecoveryFigures {
  readonly counts: readonly Count[];
  readonly sizes: readonly Size[];
}

/** Everything on one server, which is killed and started again on its folder. */
export async function measureRecovery(settings: Settings): Promise<RecoveryFigures> {
  const folder = mkdtempSync(join(tmpdir(), "bench-recovery-"));
  const load = new LoadDriver();
  let server = await startCountedRecovery(folder);
  try {
    const rows = await countRows(server, load, settings.idle);
    const sizes = await weighLost(server, load, folder, settings.recovery.lost);
    const { clients } = settings.recovery;
    const sessions = await load.run<"lose">({
      kind: "lose",
      ending: "lost",
      endpoint: server.endpoint,
      connections: clients,
      concurrency: CONCURRENCY,
    });
    await burst(server, MISSED, 0);
    await sleep(SETTLE);
    await server.kill?.();
    server = await startCountedRecovery(folder);
    const { endpoint } = server;
    const back = { kind: "recover", endpoint, sessions, missed: MISSED } as const;
    const { milliseconds } = await load.run<"recover">(back);
    const title = `ms until ${clients.toLocaleString("en")} clients that return together after a crash are back`;
    const time = { id: "recovery-return", title, value: Math.round(milliseconds) };
    return { counts: [...rows, time], sizes };
  } finally {
    await load.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function countRows(server: RunningServer, load: LoadDriver, idle: number): Promise<Count[]> {
  const { endpoint } = server;
  // The first client and the first packet begin the journal.
  await load.run<"lose">({
    kind: "lose",
    ending: "lost",
    endpoint,
    connections: 1,
    concurrency: 1,
  });
  await burst(server, 1, 0);
  const written = async (run: () => Promise<unknown>): Promise<number> => {
    await sleep(SETTLE);
    await reset(server);
    await run();
    await sleep(SETTLE);
    return rowsOf(server);
  };
  const hold = { kind: "hold", endpoint, connections: CONNECTIONS, concurrency: 1 } as const;
  const connects = await written(() => load.run<"hold">(hold));
  const packets = await written(() => burst(server, PACKETS, SECOND));
  const counts = [
    {
      id: "recovery-connect",
      title: "rows per connect, recovery on",
      value: connects / CONNECTIONS,
    },
    {
      id: "recovery-second",
      title: "rows per 1,000 broadcast messages in one second, recovery on",
      value: packets,
    },
  ];
  if (idle > 0) {
    const rows = await written(() => sleep(idle));
    const value = Math.round((rows * HOUR) / idle);
    counts.push({ id: "recovery-idle", title: "rows per idle hour, recovery on", value });
  }
  await load.run<"release">({ kind: "release" });
  return counts;
}

/** Memory and storage of sessions whose clients are lost, in all. */
async function weighLost(
  server: RunningServer,
  load: LoadDriver,
  folder: string,
  lost: number,
): Promise<Size[]> {
  const { endpoint } = server;
  const end = (ending: "lost" | "left") =>
    load.run<"lose">({
      kind: "lose",
      ending,
      endpoint,
      connections: lost,
      concurrency: CONCURRENCY,
    });
  // What as many connections leave behind is not the sessions'.
  await end("left");
  await sleep(SETTLE);
  const [memory, storage] = [residentKibibytes(endpoint.pid), bytesBelow(folder)];
  await end("lost");
  await sleep(SETTLE);
  const count = lost.toLocaleString("en");
  return [
    {
      id: "recovery-memory",
      title: `memory of ${count} lost sessions`,
      bytes: (residentKibibytes(endpoint.pid) - memory) * 1024,
    },
    {
      id: "recovery-storage",
      title: `storage of ${count} lost sessions`,
      bytes: bytesBelow(folder) - storage,
    },
  ];
}

function address(server: RunningServer, path: string): URL {
  return new URL(path, server.endpoint.url.replace(/^ws/, "http"));
}

async function burst(server: RunningServer, count: number, duration: number): Promise<void> {
  const url = address(server, `${BURST_PATH}?count=${count}&duration=${duration}`);
  await (await fetch(url)).text();
}

async function reset(server: RunningServer): Promise<void> {
  await (await fetch(address(server, COUNTERS_PATH), { method: "POST" })).text();
}

async function rowsOf(server: RunningServer): Promise<number> {
  const response = await fetch(address(server, COUNTERS_PATH));
  return ((await response.json()) as Counters).rowsWritten;
}

function bytesBelow(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .reduce((bytes, { parentPath, name }) => bytes + statSync(join(parentPath, name)).size, 0);
}
