/** The helpers of `@venizia/ignis-helpers`, the reference, and what their server needs. */
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "../../support/oracle.ts";

/** What of it is used here. */
interface Ignis {
  SocketIOServerHelper: new (options: object) => IgnisServerHelper;
  /** It has the surface of ours: see `clients.test.ts`. */
  SocketIOClientHelper: new (
    options: never,
  ) => unknown;
  SocketIOConstants: Record<string, string>;
}

export interface IgnisServerHelper {
  configure(): Promise<void>;
  send(message: { destination?: string; payload: { topic: string; data: unknown } }): void;
  shutdown(): Promise<void>;
}

const require = createRequire(import.meta.url);

// Its logger writes files into the working directory unless it is told otherwise before it is loaded.
const logs = mkdtempSync(join(tmpdir(), "dormouse-ignis-"));
process.env.APP_ENV_LOGGER_FOLDER_PATH = logs;
process.once("exit", () => rmSync(logs, { recursive: true, force: true }));

export const ignis: Ignis = require("@venizia/ignis-helpers/socket-io");

// And it tells the console all that it does.
const { transports } = createRequire(require.resolve("@venizia/ignis-helpers"))("winston");
transports.Console.prototype.log = (_info: unknown, done: () => void) => done();

/** Publishes to whoever subscribes, within this process: all that the helper wants of Redis. */
class LocalRedis extends EventEmitter {
  readonly status = "ready";
  readonly #channels: EventEmitter;

  constructor(channels = new EventEmitter()) {
    super();
    this.#channels = channels;
  }

  getClient(): LocalRedis {
    return this;
  }

  duplicate(): LocalRedis {
    return new LocalRedis(this.#channels);
  }

  psubscribe(pattern: string): void {
    this.#channels.on("message", (channel: string, message: Buffer) => {
      if (!channel.startsWith(pattern.slice(0, -1))) return;
      this.emit("pmessageBuffer", Buffer.from(pattern), Buffer.from(channel), message);
    });
  }

  publish(channel: string, message: string | Buffer): void {
    setImmediate(() => this.#channels.emit("message", channel, Buffer.from(message)));
  }

  subscribe(): void {}
  unsubscribe(): void {}
  punsubscribe(): void {}
  async quit(): Promise<void> {}
}

/** Starts their server on `socket.io`. */
export async function startIgnis(
  options: object,
): Promise<{ url: string; helper: IgnisServerHelper; stop(): Promise<void> }> {
  const server = createServer();
  const helper = new ignis.SocketIOServerHelper({
    identifier: "reference",
    runtime: "node",
    server,
    serverOptions: {},
    redisConnection: new LocalRedis(),
    ...options,
  });
  await helper.configure();
  const { url, stop } = await listen(server);
  return {
    url,
    helper,
    stop: async () => void (await Promise.all([helper.shutdown().catch(() => {}), stop()])),
  };
}
