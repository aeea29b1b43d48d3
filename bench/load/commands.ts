import type { Usage } from "./process-usage.ts";

/** How a connection speaks: Socket.IO on Engine.IO, or bare WebSocket messages. */
export type Protocol = "socket.io" | "raw";

/** The server that a command loads. */
export interface Endpoint {
  /** WebSocket address, with the path and query that the protocol asks for. */
  readonly url: string;
  readonly protocol: Protocol;
  /** The process whose CPU time and memory are read. */
  readonly pid: number;
  /** Whether events end in an offset that the application did not send. */
  readonly appendsOffsets?: boolean;
}

/** Lengths of the two phases of a steady load, in milliseconds. */
export interface Phases {
  readonly warmUp: number;
  readonly window: number;
}

/** Every connection sends `frame` and sends it again as soon as `reply` has come back. */
export interface EchoCommand {
  readonly kind: "echo";
  readonly endpoint: Endpoint;
  readonly connections: number;
  readonly frame: string;
  readonly reply: string;
  readonly phases: Phases;
}

/** One of `connections` sends `frame` every `interval` milliseconds, as people do; the others are idle. */
export interface PaceCommand {
  readonly kind: "pace";
  readonly endpoint: Endpoint;
  readonly connections: number;
  readonly frame: string;
  readonly reply: string;
  readonly interval: number;
  readonly phases: Phases;
}

/** The first of `members` connections sends `frame`; again once all have received `delivery`. */
export interface BroadcastCommand {
  readonly kind: "broadcast";
  readonly endpoint: Endpoint;
  readonly members: number;
  /** Sent by each member before the load, with the reply to wait for; not for raw endpoints. */
  readonly join: Exchange | undefined;
  readonly frame: string;
  readonly delivery: string;
  readonly phases: Phases;
}

/** How a client of Socket.IO connects: by WebSocket, by long-polling alone, or first so and then upgraded. */
export type Route = "websocket" | "polling" | "upgrade";

/** Opens connections, `concurrency` at a time, after `warmUp` that do not count; how many, its turns say. */
export interface ConnectCommand {
  readonly kind: "connect";
  readonly endpoint: Endpoint;
  readonly route: Route;
  readonly warmUp: number;
  readonly concurrency: number;
}

/** Opens the connections of a load that runs in turns with those of other servers, and warms it up. */
export interface BeginCommand {
  readonly kind: "begin";
  readonly load: EchoCommand | BroadcastCommand | ConnectCommand;
}

/** The load that was begun for the server `pid` runs for so many milliseconds, or opens so many connections. */
export interface TurnCommand {
  readonly kind: "turn";
  readonly pid: number;
  readonly amount: number;
}

/** Closes the connections of all loads that were begun. */
export interface EndCommand {
  readonly kind: "end";
}

/** Opens `connections` connections, leaves them idle for `settle` ms and reads the memory. */
export interface IdleCommand {
  readonly kind: "idle";
  readonly endpoint: Endpoint;
  /** Opened, and kept open, before the first reading. */
  readonly warmUp: number;
  readonly connections: number;
  readonly concurrency: number;
  readonly settle: number;
}

/** Opens `connections` connections that stay open until a `release`. */
export interface HoldCommand {
  readonly kind: "hold";
  readonly endpoint: Endpoint;
  readonly connections: number;
  readonly concurrency: number;
  /** What each of them sends first, and is answered. */
  readonly join?: Exchange | undefined;
}

/** Sends `frame` on one of the held connections and times the arrival of `reply`. */
export interface ProbeCommand {
  readonly kind: "probe";
  readonly frame: string;
  readonly reply: string;
}

/** CPU time of the server while the held connections are idle for `duration` milliseconds. */
export interface RestCommand {
  readonly kind: "rest";
  readonly duration: number;
}

/** Connects to so many objects that were never asked before, one after the other, and has each echo `frame`. */
export interface VisitCommand {
  readonly kind: "visit";
  readonly endpoint: Endpoint;
  readonly objects: number;
  readonly frame: string;
}

/** A frame that asks for ack 0, and that ack. */
export interface Exchange {
  readonly frame: string;
  readonly reply: string;
}

/** A crowd of so many clients connects, joins a room, is sent `broadcasts` messages, leaves, and is disconnected. */
export interface CrowdCommand {
  readonly kind: "crowd";
  readonly endpoint: Endpoint;
  readonly clients: number;
  readonly concurrency: number;
  readonly join: Exchange;
  readonly leave: Exchange;
  readonly frame: string;
  readonly broadcasts: number;
  /** Sent by one of them, for the server to disconnect them all. */
  readonly end: string;
}

/** Closes the held connections. */
export interface ReleaseCommand {
  readonly kind: "release";
}

/** Opens `connections` connections and ends them at once: lost, or after the session has been left for good. */
export interface LoseCommand {
  readonly kind: "lose";
  readonly ending: "lost" | "left";
  readonly endpoint: Endpoint;
  readonly connections: number;
  readonly concurrency: number;
}

/** All of these sessions are asked for at once, over connections that are lost again afterwards. */
export interface RecoverCommand {
  readonly kind: "recover";
  readonly endpoint: Endpoint;
  readonly sessions: readonly LostSession[];
  /** Packets that each of them must be sent. */
  readonly missed: number;
}

/**
 * A member of a room and a sender, on connections that may lead to different servers: `frame` is sent `times` times,
 * again once the member has received `delivery`, after `warmUp` times that do not count.
 */
export interface DelayCommand {
  readonly kind: "delay";
  readonly sender: Endpoint;
  readonly member: Endpoint;
  readonly join: Exchange;
  readonly frame: string;
  readonly delivery: string;
  readonly warmUp: number;
  readonly times: number;
}

export type Command =
  | EchoCommand
  | PaceCommand
  | BroadcastCommand
  | BeginCommand
  | TurnCommand
  | EndCommand
  | IdleCommand
  | HoldCommand
  | ProbeCommand
  | RestCommand
  | VisitCommand
  | CrowdCommand
  | ReleaseCommand
  | LoseCommand
  | RecoverCommand
  | DelayCommand;

/** What a steady load or a series of connects took. */
export interface LoadResult {
  /** Echoes, deliveries or connects that the window covers. */
  readonly operations: number;
  readonly usage: Usage;
}

/** Resident memory of the server before and after the connections, in KiB. */
export interface IdleResult {
  readonly connections: number;
  readonly before: number;
  readonly after: number;
}

/** Time from sending to the reply's arrival, as the client sees it. */
export interface ProbeResult {
  readonly milliseconds: number;
}

/** Server CPU of each thing that a crowd did, in microseconds per client or delivery. */
export interface CrowdResult {
  readonly connect: number;
  readonly join: number;
  readonly broadcast: number;
  readonly leave: number;
  readonly disconnect: number;
}

/** What a client knows of its session. */
export interface LostSession {
  readonly sid: string;
  readonly pid: string;
}

/** From the first connect to the last session that is there again. */
export interface RecoverResult {
  readonly milliseconds: number;
}

/** From sending to the member's receipt: the median. */
export interface DelayResult {
  readonly milliseconds: number;
}

/** The result type of each kind of command. */
export interface Results {
  readonly echo: LoadResult;
  readonly pace: LoadResult;
  readonly broadcast: LoadResult;
  readonly begin: undefined;
  readonly turn: LoadResult;
  readonly end: undefined;
  readonly idle: IdleResult;
  readonly hold: undefined;
  readonly probe: ProbeResult;
  readonly rest: LoadResult;
  readonly visit: ProbeResult;
  readonly crowd: CrowdResult;
  readonly release: undefined;
  readonly lose: readonly LostSession[];
  readonly recover: RecoverResult;
  readonly delay: DelayResult;
}
