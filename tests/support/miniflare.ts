/** Workers under test: bundled like a user's, in a workerd process of their own. */
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { Miniflare, type MiniflareOptions } from "miniflare";
import { Standstills } from "./standstills.ts";

/** What a worker under test needs. */
export interface WorkerOptions {
  /** The Worker's main module: a file, or its source (it may import `dormouse-io`). */
  entry: URL | { source: string };
  /** Durable Object classes that the module exports, by the name of their binding. */
  classes: Record<string, string>;
  /** Whether the classes have SQLite storage. Default true. */
  useSQLite?: boolean;
  /** The core; else the file that `DORMOUSE_CORE_WASM` names, else the checkout's. */
  wasm?: string;
  /** Directory of static assets, which answer before the Worker does. */
  assets?: string;
  /** Default: chosen by the system. */
  port?: number;
  compatibilityDate?: string;
  compatibilityFlags?: string[];
  /** Variables of the Worker. */
  bindings?: Record<string, string>;
  /** Queues of the Worker's, by the name of their binding; it is their consumer, too. */
  queues?: Record<string, string>;
  /** Constants that the bundler is told. */
  define?: Record<string, string>;
  /** Whether it has the library as it is packed (`npm run build`), not its sources. Default: if `DORMOUSE_PACKED` is set. */
  isPacked?: boolean;
  /** A folder for what objects store. Default: none, it goes with the Worker. */
  persist?: string;
}

/** A running Worker. */
export interface RunningWorker {
  /** Origin, `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly mf: Miniflare;
  /** What the Worker has written to its console so far. */
  readonly output: string;
  /** Waits for it to have written something like this, which may come behind what it tells of. */
  logged(line: RegExp): Promise<void>;
  /**
   * Makes an object leave memory: `hibernate` keeps its WebSockets, `close` ends them. Rejects when
   * something keeps the object awake. `binding` says the class if there are several.
   */
  evict(name: string, mode?: "hibernate" | "close", binding?: string): Promise<void>;
  /** What stood still since a time, in milliseconds: lines for whoever has waited in vain. */
  stoodStill(since: number): string[];
  stop(): Promise<void>;
  /** Ends the runtime's process by SIGKILL: nothing can be written any more. */
  kill(): Promise<void>;
}

const LOG_MS = 60_000;
const WORKER = "worker";
const COMPATIBILITY_DATE = "2026-07-30";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CORE_WASM = `${ROOT}wasm/core.wasm`;

/** Starts a Worker. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const [className] = Object.values(options.classes);
  if (className === undefined) throw new Error("a Worker under test needs a class");
  let output = "";
  const collect = (...streams: Readable[]): void => {
    for (const stream of streams) stream.on("data", (chunk) => (output += String(chunk)));
  };
  const before = runtimeProcesses();
  const mf = new Miniflare({ ...(await configure(options)), handleRuntimeStdio: collect });
  const front = await mf.ready.catch(async (error: unknown) => {
    // Its process would stay, and keep that of the test.
    await mf.dispose().catch(() => {});
    throw error;
  });
  const runtimes = runtimeProcesses().filter((pid) => !before.includes(pid));
  const standstills = new Standstills(runtimes);
  const { host } = options.assets === undefined ? await mf.unsafeGetDirectURL(WORKER) : front;
  return {
    url: `http://${host}`,
    mf,
    get output() {
      return output;
    },
    async logged(line) {
      for (const end = Date.now() + LOG_MS; !line.test(output); ) {
        if (Date.now() > end) throw new Error(`nothing like ${line} in:\n${output}`);
        await delay(10);
      }
    },
    evict(name, mode = "hibernate", binding) {
      const evicted = binding === undefined ? className : (options.classes[binding] ?? className);
      const eviction = mf.unsafeEvictDurableObject(WORKER, evicted, { name, webSockets: mode });
      return standstills.watch(`the eviction of ${evicted} ${name}`, eviction);
    },
    stoodStill: (since) => standstills.since(since),
    stop() {
      standstills.stop();
      return mf.dispose();
    },
    async kill() {
      standstills.stop();
      if (runtimes.length === 0) throw new Error("the runtime's process is not known");
      for (const pid of runtimes) process.kill(pid, "SIGKILL");
      await mf.dispose();
    },
  };
}

/** The processes of workerd that this process has started. */
function runtimeProcesses(): number[] {
  if (process.platform !== "linux") return [];
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  const pids = children.split(" ").filter((pid) => pid !== "");
  return pids
    .filter((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd"))
    .map(Number);
}

async function configure(options: WorkerOptions): Promise<MiniflareOptions> {
  const wasm = options.wasm ?? process.env.DORMOUSE_CORE_WASM ?? CORE_WASM;
  const objects = Object.entries(options.classes).map(([binding, className]) => {
    return [binding, { className, useSQLite: options.useSQLite ?? true }] as const;
  });
  return {
    name: WORKER,
    modules: [
      { type: "ESModule", path: "worker.js", contents: await bundleOnce(options) },
      { type: "CompiledWasm", path: "core.wasm", contents: new Uint8Array(readFileSync(wasm)) },
    ],
    compatibilityDate: options.compatibilityDate ?? COMPATIBILITY_DATE,
    compatibilityFlags: options.compatibilityFlags ?? [],
    bindings: options.bindings ?? {},
    durableObjects: Object.fromEntries(objects),
    ...consuming(options),
    ...(options.persist === undefined ? {} : { durableObjectsPersist: options.persist }),
    ...listening(options),
    cf: false,
  };
}

function consuming({ queues = {} }: WorkerOptions) {
  const settings = { maxBatchTimeout: 0.1, maxRetries: 2 };
  return {
    queueProducers: queues,
    queueConsumers: Object.fromEntries(Object.values(queues).map((name) => [name, settings])),
  };
}

function listening({ assets, port = 0 }: WorkerOptions) {
  const address = { host: "127.0.0.1", port };
  // Straight to the Worker: Miniflare's own entry Worker takes part in every request otherwise.
  if (assets === undefined) return { unsafeDirectSockets: [address] };
  return { ...address, assets: { directory: assets, routerConfig: { has_user_worker: true } } };
}

/** By entry and constants: tests that restart a Worker, or start several. */
const bundles = new Map<string, Promise<string>>();

function bundleOnce({ entry, define = {}, isPacked }: WorkerOptions): Promise<string> {
  const key = JSON.stringify([entry instanceof URL ? entry.href : entry.source, define, isPacked]);
  const made = bundles.get(key) ?? bundle(entry, { define, isPacked });
  bundles.set(key, made);
  return made;
}

interface Bundling {
  minify?: boolean;
  define?: Record<string, string>;
  isPacked?: boolean;
}

/** A Worker's script as a bundler makes it, without the core. */
export async function bundle(entry: WorkerOptions["entry"], settings?: Bundling): Promise<string> {
  return (await bundleWithModules(entry, settings)).script;
}

/** The same, with what is in it: files, relative to the repository's root. */
export async function bundleWithModules(
  entry: WorkerOptions["entry"],
  {
    minify = false,
    define = {},
    isPacked = process.env.DORMOUSE_PACKED !== undefined,
  }: Bundling = {},
): Promise<{ script: string; modules: string[] }> {
  const input =
    entry instanceof URL
      ? { entryPoints: [fileURLToPath(entry)] }
      : { stdin: { contents: entry.source, resolveDir: ROOT, loader: "ts" as const } };
  const result = await build({
    ...input,
    bundle: true,
    minify,
    define,
    absWorkingDir: ROOT,
    metafile: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    plugins: [resolveImports(isPacked)],
    logLevel: "silent",
  });
  const [output] = Object.values(result.metafile.outputs);
  const inputs = Object.entries(output?.inputs ?? {});
  return {
    script: result.outputFiles[0]?.text ?? "",
    modules: inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file),
  };
}

/** The file of an entry of the package: a platform's, or a layer's. */
function fileOf(entry: string, isPacked: boolean): string {
  const source = sourceOf(entry);
  return isPacked ? source.replace(ROOT, `${ROOT}dist/`).replace(/\.ts$/, ".js") : source;
}

function sourceOf(entry: string): string {
  if (entry === "polling") return `${ROOT}glue/engine/polling/index.ts`;
  const places = [`layers/${entry}/workerd.ts`, `layers/${entry}/index.ts`];
  const layer = places.map((place) => ROOT + place).find((place) => existsSync(place));
  return layer ?? `${ROOT}durable-objects/${entry}/index.ts`;
}

/** The package by its name, and the core as a module of its own beside the script. */
const resolveImports = (isPacked: boolean): Plugin => ({
  name: "resolve-imports",
  setup(build) {
    build.onResolve({ filter: /^dormouse-io(\/|$)/ }, ({ path }) => {
      return { path: fileOf(path.split("/").slice(1).join("/") || "cloudflare", isPacked) };
    });
    // Packages for Node name its modules without a prefix, and `require` them.
    build.onResolve({ filter: /^[a-z]\w+$/ }, ({ path, importer }) => {
      // Its package.json says that it needs none outside of Node, which bundlers for Workers follow.
      if (importer.includes("/bcryptjs/")) return undefined;
      return isBuiltin(path) ? { path, namespace: "builtin" } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => {
      return { contents: `export * from "node:${path}"; export { default } from "node:${path}";` };
    });
    build.onResolve({ filter: /\.wasm$/ }, () => ({ path: "./core.wasm", external: true }));
  },
});
