/**
 * A server on a host without a network: the real runtime and core, with WebSockets that are lists of
 * frames. What a client sends is handled before `send` returns.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Deadlines } from "../../durable-objects/shared/platform/deadlines.ts";
import { Cores } from "../../glue/core/cores.ts";
import type { Connection } from "../../glue/engine/connections/connection.ts";
import type {
  ConnectionSnapshot,
  Frame,
  HandshakeDetails,
  Host,
  HostTransport,
  OwnStorage,
} from "../../glue/engine/host/host.ts";
import { Runtime } from "../../glue/engine/runtime/runtime.ts";
import { resolveOptions, type ServerOptions } from "../../glue/socket.io/server/options.ts";
import { Server } from "../../glue/socket.io/server/server.ts";

const path = process.env.DORMOUSE_CORE_WASM;
const file = path ?? fileURLToPath(new URL("../../wasm/core.wasm", import.meta.url));
const cores = new Cores(new WebAssembly.Module(readFileSync(file)));

/** A client's side of a connection. */
export class InMemoryClient implements HostTransport {
  readonly name = "websocket";
  /** What waits to be read, as the platform would tell. */
  bufferedAmount: number | undefined;
  /** What the server sent. */
  readonly frames: Frame[] = [];
  closed: { code: number; reason: string } | undefined;
  /** What the host kept for after a sleep. */
  snapshot: ConnectionSnapshot | undefined;
  connection!: Connection;
  server!: InMemoryServer;

  /** For the server: it sends. */
  send(frame: Frame): void {
    this.frames.push(frame);
  }

  /** For the server: it closes. */
  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  /** Sends frames to the server. */
  emit(...frames: (string | Uint8Array)[]): this {
    for (const frame of frames) this.server.runtime.handleMessage(this.connection, frame);
    return this;
  }

  /** Ends the connection from the client's side. */
  leave(): void {
    this.server.runtime.handleClose(this.connection, 1000, "");
  }

  /** The frames since the last call. */
  take(): Frame[] {
    return this.frames.splice(0);
  }
}

/** The parts of the glue's half of a snapshot. Members that are undefined are as good as missing. */
function partsOf(glue: unknown): unknown[] {
  return (glue as unknown[]).map((part) => {
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
  });
}

/** One server, its clients, and the errors that were reported. */
export class InMemoryServer implements Host {
  readonly answersPongs = false;
  readonly runtime: Runtime;
  readonly io: Server;
  readonly errors: { error: unknown; where: string }[] = [];
  /** Added to the clock. */
  elapsed = 0;

  readonly storage?: OwnStorage;
  readonly #deadlines = new Deadlines(
    () => {},
    (error, where) => this.report(error, where),
  );

  /**
   * `sleepers`: clients of an earlier server, whose connections go on here as after a sleep. `storage`: where
   * the server's own state is kept.
   */
  constructor(
    setup: (io: Server) => void,
    options: ServerOptions = {},
    sleepers: readonly InMemoryClient[] = [],
    storage?: OwnStorage,
  ) {
    if (storage !== undefined) this.storage = storage;
    this.runtime = new Runtime(this, cores, resolveOptions(options));
    this.io = new Server(this.runtime);
    for (const client of sleepers) this.#restore(client);
    setup(this.io);
    this.io._sleep.endSetup();
    this.runtime.start();
  }

  now(): number {
    return Date.now() + this.elapsed;
  }

  randomBytes(target: Uint8Array): void {
    crypto.getRandomValues(target as Uint8Array<ArrayBuffer>);
  }

  schedule(name: string, deadline: number | null, ring: () => void): void {
    this.#deadlines.set(name, deadline, ring);
  }

  /** When the platform's alarm would go off, in milliseconds from now. */
  get alarm(): number | null {
    const { earliest } = this.#deadlines;
    return earliest && earliest - this.now();
  }

  /** Moves the clock, and rings what is due then. */
  advance(milliseconds: number): void {
    this.elapsed += milliseconds;
    this.#deadlines.ring(this.now());
  }

  /** To be set by who wants to know what is told under `DEBUG`. */
  debug?: (scope: string, message: string) => void;
  /** How often anything was kept. */
  saves = 0;
  /** The glue's half of each client's snapshot as it was saved last, or was restored from. */
  readonly #saved = new Map<InMemoryClient, Pick<ConnectionSnapshot, "revision" | "glue">>();

  save(socket: HostTransport, snapshot: ConnectionSnapshot): void {
    this.saves += 1;
    const client = socket as InMemoryClient;
    const copy = structuredClone(snapshot);
    // Hosts whose storage has the glue's half do not write it again when its revision is the same.
    const before = this.#saved.get(client);
    if (before?.revision === copy.revision) {
      assert.deepEqual(
        partsOf(copy.glue),
        partsOf(before.glue),
        "changed without another revision",
      );
    }
    this.#saved.set(client, copy);
    client.snapshot = copy;
  }

  report(error: unknown, where: string): void {
    this.errors.push({ error, where });
  }

  /** Opens a connection; `connect` joins namespaces at once. */
  open(details: Partial<HandshakeDetails> = {}, protocol: 3 | 4 = 4): InMemoryClient {
    const client = new InMemoryClient();
    client.server = this;
    const complete: HandshakeDetails = {
      url: `/socket.io/?EIO=${protocol}&transport=websocket`,
      method: "GET",
      headers: { host: "example.com" },
      query: { EIO: String(protocol), transport: "websocket" },
      address: "192.0.2.1",
      secure: true,
      ...details,
    };
    const id = this.runtime.generateId();
    const connection = this.runtime.handleOpen(client, { id, protocol, details: complete });
    if (connection === undefined) throw new Error("the server is full");
    client.connection = connection;
    client.take();
    return client;
  }

  /** Opens a connection and joins a namespace. The answer is still among the frames. */
  connect(namespace = "/", auth?: object): InMemoryClient {
    const name = namespace === "/" ? "" : `${namespace},`;
    return this.open().emit(`40${name}${auth === undefined ? "" : JSON.stringify(auth)}`);
  }

  #restore(client: InMemoryClient): void {
    if (client.snapshot === undefined) throw new Error("nothing was saved");
    const connection = this.runtime.restore(client, client.snapshot);
    if (connection === undefined) throw new Error("the snapshot was refused");
    client.server = this;
    client.connection = connection;
    // Revisions count from 0 with every wake.
    this.#saved.set(client, { revision: 0, glue: client.snapshot.glue });
  }
}
