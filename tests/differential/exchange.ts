/** What both servers do with the same frames: the application's log and the frames they send back. */
import { inspect, isDeepStrictEqual } from "node:util";
import type { Server as UpstreamServer } from "socket.io";
import { Dormouse } from "./dormouse.ts";
import { type Frame, JOINED, PENDING_ACKS } from "./packets.ts";
import type { Peer } from "./peer.ts";
import { Upstream } from "./upstream.ts";

/** What one side does with one frame. */
export type Observation = string[];

/** The first frame of which the two sides make different things. */
export interface Disagreement {
  protocol: 3 | 4;
  frame: Frame;
  /** The frames before it. */
  before: readonly Frame[];
  upstream: Observation;
  dormouse: Observation;
}

interface Side {
  server: { open(protocol: 3 | 4, more?: Record<string, string>): Peer };
  log: Observation;
}

/** One server of each kind, with the same application. */
export class Exchange {
  readonly #upstream: Side;
  readonly #dormouse: Side & { server: Dormouse };

  constructor() {
    const upstreamLog: Observation = [];
    const dormouseLog: Observation = [];
    const upstream = new Upstream((io) => setUp(io, upstreamLog));
    const dormouse = new Dormouse((io) => setUp(io as unknown as UpstreamServer, dormouseLog));
    this.#upstream = { server: upstream, log: upstreamLog };
    this.#dormouse = { server: dormouse, log: dormouseLog };
  }

  /** Errors that Dormouse reported. */
  get errors(): unknown[] {
    return this.#dormouse.server.errors;
  }

  /** A new client joins `JOINED`, sends these frames, and goes. Undefined if both sides agree. */
  async run(protocol: 3 | 4, frames: readonly Frame[]): Promise<Disagreement | undefined> {
    const upstream = await observe(this.#upstream, protocol, frames);
    const dormouse = await observe(this.#dormouse, protocol, frames);
    const differs = frames.findIndex((_, i) => !isDeepStrictEqual(upstream[i], dormouse[i]));
    if (differs < 0) return undefined;
    return {
      protocol,
      frame: frames[differs] as Frame,
      before: frames.slice(0, differs),
      upstream: upstream[differs] ?? [],
      dormouse: dormouse[differs] ?? [],
    };
  }
}

async function observe(
  side: Side,
  protocol: 3 | 4,
  frames: readonly Frame[],
): Promise<Observation[]> {
  const peer = side.server.open(protocol);
  // Engine.IO 3 joins the main namespace by itself.
  const names = JOINED[protocol].slice(protocol === 3 ? 1 : 0);
  for (const name of names) peer.receive(`40${name === "/" ? "" : `${name},`}`);
  await settle();
  peer.sent();
  side.log.length = 0;
  const seen: Observation[] = [];
  for (const frame of frames) {
    if (peer.isClosed()) break;
    peer.receive(frame);
    await settle();
    for (const sent of peer.sent()) side.log.push(`sent ${show(withoutIds(sent))}`);
    if (peer.isClosed()) side.log.push("closed");
    seen.push(side.log.splice(0));
  }
  peer.end();
  await settle();
  side.log.length = 0;
  return seen;
}

/** Logs everything, answers or echoes every event, and waits for acknowledgements. */
function setUp(io: UpstreamServer, log: Observation): void {
  const note = (...values: unknown[]) => void log.push(values.map(show).join(" "));
  // Static ones, too: whether a name is decoded is not the question of who may create it.
  io.of("/").on("connection", connected);
  io.of((_name: string, _auth: unknown, next: (error: null, allow: boolean) => void) => {
    next(null, true);
  }).on("connection", connected);

  function connected(socket: Parameters<Parameters<UpstreamServer["on"]>[1]>[0]): void {
    const { name } = socket.nsp;
    note("connection", name, { ...socket.handshake.auth });
    for (let id = 0; id < PENDING_ACKS; id++) {
      socket.emit("question", (...args: unknown[]) => note("answer", name, id, args));
    }
    socket.on("error", (error: unknown) => {
      note("error", name, error instanceof Error ? error.message : error);
    });
    socket.on("disconnect", (reason: string) => note("disconnect", name, reason));
    socket.onAny((event: unknown, ...args: unknown[]) => {
      const answer = typeof args.at(-1) === "function" ? (args.pop() as Answer) : undefined;
      note("event", name, event, args, answer !== undefined);
      if (answer !== undefined) answer(...args);
      else socket.emit("echo", ...args);
    });
  }
}

type Answer = (...args: unknown[]) => void;

function show(value: unknown): string {
  return inspect(value, {
    depth: Number.POSITIVE_INFINITY,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: null,
    maxStringLength: null,
  });
}

/** Ids are random on each side. */
function withoutIds(frame: Frame): Frame {
  if (typeof frame !== "string") return Buffer.from(frame);
  return frame.replace(/^(40.*)\{"sid":"[^"]*"\}$/s, "$1{sid}");
}

/** Upstream delivers packets in the next tick, and answers in the same. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
