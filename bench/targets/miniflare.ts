import { readdirSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import type { Protocol } from "../load/commands.ts";
import { bundleWorker } from "./bundle.ts";
import type { RunningServer } from "./target.ts";

/** What a worker needs beyond its script. */
export interface WorkerOptions {
  /** Module of this directory; exports the Durable Object class `BenchObject`. */
  readonly entry: string;
  readonly protocol: Protocol;
  /** Path and query of the WebSocket address. */
  readonly path: string;
  readonly compatibilityFlags?: readonly string[];
  /** The Worker's variables. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Whether events end in an offset that the application did not send. */
  readonly appendsOffsets?: boolean;
  /** A folder for what the object stores; default: none, it goes with the process. */
  readonly persist?: string;
}

const COMPATIBILITY_DATE = "2026-07-30";
const WORKER_NAME = "bench";
const CLASS_NAME = "BenchObject";
/** Name of the only object; the workers route everything to it. */
const OBJECT_NAME = "bench";

/** Starts the worker in a workerd process of its own. */
export async function startWorker(options: WorkerOptions): Promise<RunningServer> {
  const bundle = await bundleWorker(fileURLToPath(new URL(options.entry, import.meta.url)));
  const before = childProcesses("workerd");
  const miniflare = new Miniflare({
    name: WORKER_NAME,
    modules: [
      { type: "ESModule", path: "worker.js", contents: bundle.script },
      ...[...bundle.wasm].map(([path, contents]) => ({
        type: "CompiledWasm" as const,
        path,
        contents,
      })),
    ],
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: [...(options.compatibilityFlags ?? [])],
    bindings: { ...options.variables },
    durableObjects: { OBJECT: { className: CLASS_NAME, useSQLite: true } },
    ...(options.persist !== undefined && { durableObjectsPersist: options.persist }),
    // Straight to the worker: Miniflare's own entry worker would be measured too.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    cf: false,
    handleRuntimeStdio(stdout: Readable, stderr: Readable) {
      stdout.resume();
      stderr.pipe(process.stderr);
    },
  });
  await miniflare.ready;
  const direct = await miniflare.unsafeGetDirectURL(WORKER_NAME);
  const pid = childProcesses("workerd").find((child) => !before.includes(child));
  if (pid === undefined) throw new Error("Miniflare started no workerd process");
  return {
    endpoint: {
      url: `ws://${direct.host}${options.path}`,
      protocol: options.protocol,
      pid,
      appendsOffsets: options.appendsOffsets ?? false,
    },
    hibernate: () =>
      miniflare.unsafeEvictDurableObject(WORKER_NAME, CLASS_NAME, {
        name: OBJECT_NAME,
        webSockets: "hibernate",
      }),
    async kill() {
      process.kill(pid, "SIGKILL");
      await miniflare.dispose();
    },
    stop: () => miniflare.dispose(),
  };
}

/** Ids of this process's children that run the program `name`. */
function childProcesses(name: string): number[] {
  const children = readdirSync("/proc/self/task").flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, "latin1").split(" ").filter(Boolean),
  );
  return children.map(Number).filter((pid) => commandName(pid) === name);
}

function commandName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "latin1").trim();
  } catch {
    return undefined; // It has ended.
  }
}
