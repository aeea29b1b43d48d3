import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Command, Results } from "./commands.ts";

/** Longer than any command takes, in milliseconds. */
const COMMAND_TIMEOUT = 120_000;

/** The parent's side of the load generator's process. */
export class LoadDriver {
  #process: ChildProcess = startGenerator();

  /** Runs one command; commands may not overlap. Rejects when the load failed. */
  async run<Kind extends Command["kind"]>(
    command: Extract<Command, { kind: Kind }>,
  ): Promise<Results[Kind]> {
    const ended = new AbortController();
    const answer = once(this.#process, "message", { signal: ended.signal });
    const exit = once(this.#process, "exit", { signal: ended.signal }).then(([code]) => {
      throw new Error(`the load generator ended with ${code}`);
    });
    answer.catch(() => {});
    exit.catch(() => {});
    this.#process.send(command);
    try {
      const timeout = setTimeout(COMMAND_TIMEOUT, undefined, { signal: ended.signal }).then(() => {
        throw new Error("the load generator did not answer");
      });
      timeout.catch(() => {});
      const [message] = (await Promise.race([answer, exit, timeout])) as [Answer];
      if (message.error !== undefined) throw new Error(message.error);
      return message.result as Results[Kind];
    } finally {
      ended.abort();
    }
  }

  /** Starts anew after a failure, without the connections that it left behind. */
  async restart(): Promise<void> {
    await this.stop();
    this.#process = startGenerator();
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exit = once(this.#process, "exit");
    this.#process.kill();
    await exit;
  }
}

function startGenerator(): ChildProcess {
  return fork(fileURLToPath(new URL("./generator.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}
