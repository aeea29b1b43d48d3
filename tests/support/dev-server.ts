/** The real dev servers, as users start them: `partykit dev` and `wrangler dev`, on loopback ports. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { findPort } from "./ports.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BIN = join(ROOT, "node_modules", ".bin");
const CORE_WASM = process.env.DORMOUSE_CORE_WASM ?? join(ROOT, "wasm", "core.wasm");
const READINESS_MS = 120_000;
const GRACE_MS = 3_000;
/** A line of the log goes through two processes. */
const LOG_MS = 60_000;

/** Keeps both programs from asking the network for anything, and has them print what the runtime does. */
const SETTINGS = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  NO_COLOR: "1",
  // Else it drops what it reads of the runtime's log together with a stack of the runtime's own: when the
  // machine is slow, what a Worker has said right before, too.
  PARTYKIT_LOG: "debug",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_LOG_PATH: join(ROOT, "build", "test", "wrangler-logs"),
  X_LOCAL_OBSERVABILITY: "false",
};

/** A running dev server. */
export interface DevServer {
  /** Origin, `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** The lines that it has printed so far. */
  readonly output: string;
  /** Waits for it to print something like this, which may come well behind what it tells of. */
  logged(line: RegExp): Promise<void>;
  /** Ends it and the runtime by SIGKILL: nothing can be written any more. What was written stays. */
  kill(): Promise<void>;
  /** Ends it, and takes what it has written away. */
  stop(): Promise<void>;
}

/** Files of a project, by name. JSON is written as such. */
export type ProjectFiles = Record<string, string | object>;

/**
 * Makes a project in a folder of its own, with `dormouse.js`, a bundled copy of one of the package's
 * entries. `files` gets the folder.
 */
export async function makeProject(
  entry: string,
  files: (folder: string) => ProjectFiles,
): Promise<string> {
  mkdirSync(join(ROOT, "build", "test"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "build", "test", "project-"));
  // A copy, because dev servers start anew whenever a source changes.
  await build({
    entryPoints: [join(ROOT, "durable-objects", entry, "index.ts")],
    outfile: join(folder, "dormouse.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    external: ["cloudflare:*", "node:*", "partyserver", "*.wasm"],
    plugins: [
      {
        name: "wasm",
        setup: ({ onResolve }) => {
          onResolve({ filter: /\.wasm$/ }, () => ({ path: "./core.wasm", external: true }));
        },
      },
    ],
    logLevel: "silent",
  });
  copyFileSync(CORE_WASM, join(folder, "core.wasm"));
  for (const [name, content] of Object.entries(files(folder))) {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Starts `partykit dev` in a project. */
export async function startPartyKit(folder: string, isOurs = true): Promise<DevServer> {
  const port = await findPort();
  const persist = isOurs ? folder : mkdtempSync(join(ROOT, "build", "test", "state-"));
  const args = ["dev", "--port", `${port}`, "--persist", join(persist, "state"), "--no-hotkeys"];
  const ready = /Ready on/;
  const program = join(ROOT, "node_modules", "partykit", "dist", "bin.mjs");
  const command = [program, ...args, "--disable-request-cf-fetch"];
  return start(command, { cwd: folder, port, ready, remove: persist });
}

/** Starts `wrangler dev` in a project. */
export async function startWrangler(folder: string, isOurs = true): Promise<DevServer> {
  const [port, inspector] = [await findPort(), await findPort()];
  const persist = isOurs ? folder : mkdtempSync(join(ROOT, "build", "test", "state-"));
  const args = ["dev", "--ip", "127.0.0.1", "--port", `${port}`, "--inspector-port"];
  const state = ["--persist-to", join(persist, "state"), "--show-interactive-dev-session=false"];
  const command = [join(BIN, "wrangler"), ...args, `${inspector}`, ...state];
  return start(command, { cwd: folder, port, ready: /Ready on/, remove: persist });
}

/** Starts the script `dev` of a project, which has the dev server say its own address. */
export async function startScript(folder: string, ...args: string[]): Promise<DevServer> {
  const port = await findPort();
  const command = ["run", "dev", "--", "--port", `${port}`, ...args];
  // Vite colours what it says, whatever it is told; its preview says nothing but addresses.
  const ready = /Ready on|ready in|Network: /;
  return start(command, {
    cwd: folder,
    port,
    ready,
    remove: join(folder, ".wrangler"),
    program: "npm",
  });
}

/** Dev servers look for each other's Workers, by name, in a folder that they share otherwise. */
function apart(folder: string): Record<string, string> {
  const registry = join(folder, "registry");
  return { WRANGLER_REGISTRY_PATH: registry, MINIFLARE_REGISTRY_PATH: registry };
}

interface StartOptions {
  /** Default: the checkout's Node. */
  program?: string;
  cwd: string;
  port: number;
  /** What the server prints once it listens. */
  ready: RegExp;
  /** A folder that goes with the server. */
  remove: string;
}

async function start(command: string[], options: StartOptions): Promise<DevServer> {
  const { cwd, port, ready, remove, program = join(BIN, "node") } = options;
  const child = spawn(program, command, {
    cwd,
    // A group of its own: workerd is ended with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    // Scripts of a project find the checkout's Node first, as they do with `npm test`.
    env: {
      ...process.env,
      ...SETTINGS,
      ...apart(remove),
      PATH: `${BIN}${delimiter}${process.env.PATH}`,
    },
  });
  const kill = (signal: NodeJS.Signals): void => killGroup(child, signal);
  const last = (): void => kill("SIGKILL");
  const interrupted = (): never => {
    last();
    process.exit(1);
  };
  process.once("exit", last).once("SIGTERM", interrupted).once("SIGINT", interrupted);
  let output = "";
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    process.off("exit", last).off("SIGTERM", interrupted).off("SIGINT", interrupted);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.signalCode === null) {
      kill(signal);
      const timer = setTimeout(last, GRACE_MS);
      await ended;
      clearTimeout(timer);
    }
    last();
  };
  const stop = async (): Promise<void> => {
    await end("SIGTERM");
    rmSync(remove, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why}:\n${output}`));
      const timer = setTimeout(() => fail("the dev server is not ready"), READINESS_MS);
      for (const stream of [child.stdout, child.stderr]) {
        // By lines: one may arrive in pieces, between which the other stream has something to say.
        createInterface({ input: stream }).on("line", (line) => {
          output += `${line}\n`;
          if (!ready.test(output)) return;
          clearTimeout(timer);
          resolve();
        });
      }
      child.once("error", reject);
      child.once("exit", (code) => fail(`the dev server ended with ${code}`));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    get output() {
      return output;
    },
    async logged(line) {
      const deadline = Date.now() + LOG_MS;
      while (!line.test(output)) {
        if (Date.now() > deadline) throw new Error(`no line like ${line} in:\n${output}`);
        await delay(20);
      }
    },
    kill: () => end("SIGKILL"),
    stop,
  };
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of it is gone.
  }
}
