/**
 * The calls between servers, as data that structured clone takes: what a peer or an emitter asks of a server.
 *
 * Start here for an emitter. A class that `createServer` makes has one method for RPC, whose name is `METHOD`;
 * it takes a `CallMessage` and resolves with an `Answer` for each call, in the calls' order:
 *
 *     const stub = env.CHAT.get(env.CHAT.idFromName("default"));
 *     const answers = await stub.dormousePerform({ version: VERSION, calls: [
 *       { kind: "broadcast", namespace: "/", rooms: ["lobby"], except: [], flags: {}, data: ["news", 1] },
 *     ] });
 *
 * The calls of a message are begun in order, each before the next and before anything is awaited. What is
 * sent has to be portable (`portable.ts`): functions, or instances of classes, are no data. The message is
 * checked like a client's input (`call-checks.ts`): what is wrong with it rejects the whole, before any call is
 * performed; what goes wrong with one call is that call's `error`. Requests from the internet cannot get here:
 * an object's methods are for code that has its binding. RPC takes 32 MiB at most.
 *
 * A namespace that no object of the server has, has nobody in it: nothing happens, and nobody answers. An emitter's
 * call to one object of several reaches all of them: what the server's adapter knows, it passes on.
 */
import type { Room, SocketId } from "../rooms/identifiers.ts";

export {
  isReservedEvent,
  isReservedServerEvent,
  reservedName,
} from "../../common/reserved-events.ts";

/** The name of the one method for RPC of the classes that `createServer` makes. */
export const METHOD = "dormousePerform";

/** The version of the form of calls. Servers refuse any other. */
export const VERSION = 1;

/** How long servers are waited for that say no time of their own, in milliseconds: as upstream's adapters do. */
export const SERVERS_TIMEOUT = 5000;

/** Who is meant: the members of any of `rooms` (everyone if there are none), `except` left out. */
export interface Target {
  /** Begins with a slash. */
  namespace: string;
  rooms: Room[];
  except: Room[];
}

/** An event for clients. `data`: its name and its arguments. */
export interface BroadcastCall extends Target {
  kind: "broadcast";
  flags: { volatile?: boolean; compress?: boolean };
  data: unknown[];
  /** Of those between shards: what tells it from all others, however many of them keep it. At most 80 units. */
  message?: string;
}

/** An event that clients are to acknowledge within `timeout` milliseconds. Answered by `Acknowledgements`. */
export interface BroadcastWithAckCall extends Target {
  kind: "broadcastWithAck";
  flags: { volatile?: boolean; compress?: boolean };
  data: unknown[];
  timeout: number;
}

/** Answered by `FetchedSockets`. */
export interface FetchSocketsCall extends Target {
  kind: "fetchSockets";
}

/** Answered, by nothing, when the sockets are in the rooms, or have left them. */
export interface ChangeRoomsCall extends Target {
  kind: "socketsJoin" | "socketsLeave";
  /** Which to join or leave. */
  change: Room[];
}

/** `close`: with their connections. */
export interface DisconnectSocketsCall extends Target {
  kind: "disconnectSockets";
  close: boolean;
}

/** An event for the listeners that servers have on the namespace. `data`: its name and its arguments. */
export interface ServerSideEmitCall {
  kind: "serverSideEmit";
  namespace: string;
  data: unknown[];
}

/** The same; each server's answer is waited for `timeout` milliseconds. Answered by `ServerResponses`. */
export interface ServerSideEmitWithAckCall {
  kind: "serverSideEmitWithAck";
  namespace: string;
  data: unknown[];
  timeout: number;
}

/** Answered by a number. */
export interface ServerCountCall {
  kind: "serverCount";
  namespace: string;
}

/** What a server can be asked, told apart by `kind`. */
export type Call =
  | BroadcastCall
  | BroadcastWithAckCall
  | FetchSocketsCall
  | ChangeRoomsCall
  | DisconnectSocketsCall
  | ServerSideEmitCall
  | ServerSideEmitWithAckCall
  | ServerCountCall;

/** A call for members of rooms. */
export type TargetCall = Extract<Call, Target>;

/** Whether somebody waits for what the call is answered by. */
export function isQuestion({ kind }: Call): boolean {
  return kind === "broadcastWithAck" || kind === "fetchSockets" || kind === "serverSideEmitWithAck";
}

/** What the method for RPC takes. */
export interface CallMessage {
  version: typeof VERSION;
  calls: Call[];
  /**
   * Letters, digits and `_:-`, at most 64, that no other message has. One that is sent again, because nobody knows
   * whether it has arrived, is performed once, also by servers that the one it came to first has passed it on to. They
   * remember the last of them, as long as they live. Default: the id of `once`.
   */
  id?: string;
  once?: Once;
}

/**
 * Of a message that others may send again. One whose id was used before is not performed: the method rejects with an
 * error whose `refusal` is `used`, or `full` if too many are remembered.
 */
export interface Once {
  /** Letters, digits and `_:-`, at most 64. */
  id: string;
  /** When it need not be remembered any more, in milliseconds since the epoch; ten minutes from now at most. */
  until: number;
}

/** What became of one call: what it is answered by (undefined where nothing is), or why it failed. */
export type Answer = { value: unknown } | { error: string };

/** What came in time. It is all if there are as many responses as clients, and no failures. */
export interface Acknowledgements {
  /** How many were sent the event. */
  clients: number;
  /** What they answered, in the order in which it came. */
  responses: unknown[];
  /** Servers that could not be asked: each says which, and why. */
  failures: string[];
}

/** What is told of a socket. */
export interface SocketDetails {
  /** As `socket.id`. */
  id: SocketId;
  /** What was known of the client when it came. */
  handshake: unknown;
  /** The rooms that it is in. */
  rooms: Room[];
  /** What is in `socket.data`: a copy. */
  data: unknown;
}

/** Sockets that are meant, as far as their servers could be asked. */
export interface FetchedSockets {
  /** What is told of each. */
  sockets: SocketDetails[];
  /** Servers that could not be asked: each says which, and why. */
  failures: string[];
}

/** What the listeners of several servers have answered. */
export interface ServerResponses {
  /** One for each server that answered. */
  responses: unknown[];
  /** Servers that did not: each says which, and why. */
  failures: string[];
}

/** The error of who has asked several servers, of which some could not be asked. `failures`: which, and why. */
export function notAllAsked(failures: readonly string[]): Error {
  return new Error(`not all could be asked: ${failures.join("; ")}`);
}
