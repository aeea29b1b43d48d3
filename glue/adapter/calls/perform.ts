/** Performs the calls of other servers and of emitters on the namespaces of this server. */
import type { Any } from "../../common/any.ts";
import * as PacketType from "../../core/abi/packet-type.gen.ts";
import { Adapter, type BroadcastOptions, type EmitterCall } from "../rooms/adapter.ts";
import type { AdapterNamespace } from "../rooms/adapter-namespace.ts";
import { AckGathering } from "./ack-gathering.ts";
import {
  type Acknowledgements,
  type Answer,
  type BroadcastCall,
  type BroadcastWithAckCall,
  type Call,
  type FetchedSockets,
  isQuestion,
  notAllAsked,
  type ServerResponses,
  type ServerSideEmitWithAckCall,
  type SocketDetails,
  type Target,
} from "./calls.ts";
import type { PerformedCalls } from "./performed-calls.ts";
import { isTooDeep, portable } from "./portable.ts";
import { received } from "./received-values.ts";

/**
 * How far a call goes. `cluster`: to all servers that the namespace's adapter knows, for emitters. `server`: to the
 * clients and listeners of this server only, for other shards.
 */
export type Scope = "cluster" | "server";

/** The server, as calls need it. */
export interface PerformingServer {
  readonly _nsps: ReadonlyMap<string, AdapterNamespace>;
  /** The main namespace. */
  readonly sockets: { readonly adapter: Adapter };
  /** Makes a namespace that there was before; see `Server`. */
  _restoreNamespace(name: string, parentIndex: number | undefined): AdapterNamespace;
}

/**
 * The namespace that a call is for. A dynamic one is made again after a sleep if lost clients may come back to it, and
 * must not miss anything.
 */
function namespaceOf(server: PerformingServer, name: string): AdapterNamespace | undefined {
  const existing = server._nsps.get(name);
  if (existing !== undefined) return existing;
  const awaited = server.sockets.adapter._awaits?.(name, null);
  return awaited && server._restoreNamespace(name, awaited.parent);
}

/** How the calls of an emitter's message are performed. */
export interface Performance {
  /** The emitters' calls that were performed lately. */
  performed: PerformedCalls;
  /** The message's id. */
  id: string | undefined;
  /** Makes a call at the other servers; of those that are for a namespace that this one does not have. */
  passOn: ((call: Call, emitted?: EmitterCall) => unknown) | undefined;
}

/**
 * Performs the calls of an emitter's message, which have been checked, in their order: each is begun before the
 * next, and before this returns. Resolves with an answer for each; never rejects.
 */
export function performAll(
  server: PerformingServer,
  calls: readonly Call[],
  { performed, id, passOn }: Performance,
): Promise<Answer[]> {
  const begin = (call: Call, emitted?: EmitterCall): unknown =>
    passOn === undefined || namespaceOf(server, call.namespace) !== undefined
      ? perform(server, call, "cluster", emitted)
      : passOn(call, emitted);
  const beginOnce = (call: Call, at: number): unknown => {
    // A call that changes nothing may be performed twice.
    if (id === undefined || call.kind === "fetchSockets") return begin(call);
    const callId = `${id} ${at}`;
    const run = (): unknown => untilPassedOn(callId, (emitted) => begin(call, emitted));
    return isQuestion(call) ? performed.ask(callId, run) : performed.once(callId, run);
  };
  return Promise.all(calls.map((call, at) => answerOf(() => beginOnce(call, at))));
}

/** Runs at once. What it returns is there when other servers have the call, too; if some have not, it is an error. */
function untilPassedOn(id: string, run: (emitted: EmitterCall) => unknown): unknown {
  const passing: Promise<{ failures: readonly string[] }>[] = [];
  const result = run({ id, waitFor: (other) => passing.push(other) });
  if (passing.length === 0) return result;
  return Promise.all(passing).then((outcomes) => {
    const failures = outcomes.flatMap((outcome) => outcome.failures);
    if (failures.length > 0) throw notAllAsked(failures);
    return result;
  });
}

/** Runs at once; what it throws, or its promise rejects with, is an answer, too. */
export function answerOf(run: () => unknown): Answer | Promise<Answer> {
  try {
    const result = run();
    if (!(result instanceof Promise)) return { value: result };
    return result.then((value) => ({ value }), failed);
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): Answer {
  return { error: error instanceof Error ? error.message : String(error) };
}

/** Begins at once; returns what the call is answered by, or a promise of it. `emitted`: of an emitter's call. */
export function perform(
  server: PerformingServer,
  call: Call,
  scope: Scope,
  emitted?: EmitterCall,
): unknown {
  const nsp = namespaceOf(server, call.namespace);
  const optionsFor = (target: Target, flags?: BroadcastOptions["flags"]): BroadcastOptions =>
    optionsOf(target, scope, emitted, flags);
  switch (call.kind) {
    case "broadcast":
      return nsp?.adapter.broadcast(
        { ...packetOf(call), message: call.message },
        optionsFor(call, call.flags),
      );
    case "broadcastWithAck":
      return gather(nsp, call, optionsFor(call, { ...call.flags, timeout: call.timeout }));
    case "fetchSockets":
      return fetch(nsp, optionsFor(call));
    case "socketsJoin":
      return nsp?.adapter.addSockets(optionsFor(call), call.change);
    case "socketsLeave":
      return nsp?.adapter.delSockets(optionsFor(call), call.change);
    case "disconnectSockets":
      return nsp?.adapter.disconnectSockets(optionsFor(call), call.close);
    case "serverSideEmit":
      if (scope === "cluster" && knowsOthers(nsp)) {
        nsp.adapter.serverSideEmit(call.data.slice(), emitted);
      }
      return nsp?._onServerSideEmit(received(call.data) as [string, ...Any[]]);
    case "serverSideEmitWithAck":
      return askServers(nsp, call, scope, emitted);
    case "serverCount":
      return scope === "cluster" && nsp !== undefined ? nsp.adapter.serverCount() : 1;
  }
}

function optionsOf(
  { rooms, except }: Target,
  scope: Scope,
  emitted: EmitterCall | undefined,
  flags?: BroadcastOptions["flags"],
): BroadcastOptions {
  const isLocal = scope === "server" ? { local: true } : undefined;
  return {
    rooms: new Set(rooms),
    except: new Set(except),
    flags: { ...flags, ...isLocal },
    _call: emitted,
  };
}

function packetOf({ data }: BroadcastCall | BroadcastWithAckCall) {
  // Offsets are appended to it; who passes the call on has it as it came.
  return { type: PacketType.event, data: data.slice(), received };
}

/** Whether the adapter passes events on: the in-memory one only warns. Its own method is the gate's. */
function knowsOthers(nsp: AdapterNamespace | undefined): nsp is AdapterNamespace {
  if (nsp === undefined) return false;
  const { serverSideEmit } = Object.getPrototypeOf(nsp.adapter) as Adapter;
  return serverSideEmit !== Adapter.prototype.serverSideEmit;
}

function gather(
  nsp: AdapterNamespace | undefined,
  call: BroadcastWithAckCall,
  opts: BroadcastOptions,
): Promise<Acknowledgements> | Acknowledgements {
  if (nsp === undefined) return { clients: 0, responses: [], failures: [] };
  return new Promise((resolve) => {
    const gathering = new AckGathering(nsp.adapter, packetOf(call));
    gathering.start(opts, ({ responses, clients, failures }) => {
      resolve({ clients, ...portableAnswers(responses, failures) });
    });
  });
}

async function fetch(
  nsp: AdapterNamespace | undefined,
  opts: BroadcastOptions,
): Promise<FetchedSockets> {
  if (nsp === undefined) return { sockets: [], failures: [] };
  try {
    return { sockets: (await nsp.adapter.fetchSockets(opts)).map(detailsOf), failures: [] };
  } catch (error) {
    // What there is, and what is missing.
    const { sockets, failures } = error as { sockets?: Any[]; failures?: string[] };
    if (sockets === undefined || failures === undefined) throw error;
    return { sockets: sockets.map(detailsOf), failures };
  }
}

function detailsOf({ id, handshake, rooms, data }: Any): SocketDetails {
  const { auth } = handshake;
  return {
    id,
    handshake: portable({ ...handshake, auth: shallow(auth, id, "handshake.auth") }),
    rooms: [...rooms],
    data: portable(shallow(data, id, "data")),
  };
}

/** One client's depths must not keep everybody from being found. */
function shallow(value: unknown, id: string, what: string): unknown {
  if (!isTooDeep(value)) return value;
  console.warn(
    `dormouse: ${what} of socket ${id} is nested too deep to travel: {} is sent instead`,
  );
  return {};
}

/** The answers that can travel; of the others it is said that they are missing. */
function portableAnswers(answers: readonly unknown[], failures: string[]): ServerResponses {
  const responses = answers.filter((answer) => !isTooDeep(answer));
  const missing = answers
    .slice(responses.length)
    .map(() => "an answer is nested too deep to travel");
  return { responses: responses.map(portable), failures: [...failures, ...missing] };
}

/** This server is asked first; those that its adapter knows, at the same time. */
async function askServers(
  nsp: AdapterNamespace | undefined,
  call: ServerSideEmitWithAckCall,
  scope: Scope,
  emitted: EmitterCall | undefined,
): Promise<ServerResponses> {
  if (nsp === undefined) return { responses: [], failures: [] };
  const asked = [askThis(nsp, call)];
  if (scope === "cluster" && knowsOthers(nsp)) asked.push(askOthers(nsp, call, emitted));
  const answers = await Promise.all(asked);
  return {
    responses: answers.flatMap(({ responses }) => responses),
    failures: answers.flatMap(({ failures }) => failures),
  };
}

function askThis(
  nsp: AdapterNamespace,
  { data, timeout }: ServerSideEmitWithAckCall,
): Promise<ServerResponses> {
  const [name] = data as [string];
  return new Promise((resolve) => {
    const fail = (why: string): void => resolve({ responses: [], failures: [why] });
    const timer = setTimeout(() => fail(`"${name}" was not answered in time`), timeout);
    const answer = (response: unknown): void => {
      clearTimeout(timer);
      resolve(portableAnswers([response], []));
    };
    try {
      nsp._onServerSideEmit([...(received(data) as [string]), answer]);
    } catch (error) {
      clearTimeout(timer);
      fail(`a listener for "${name}" threw ${error instanceof Error ? error.message : error}`);
    }
  });
}

function askOthers(
  nsp: AdapterNamespace,
  { data }: ServerSideEmitWithAckCall,
  emitted: EmitterCall | undefined,
): Promise<ServerResponses> {
  return new Promise((resolve) => {
    const answer = (error: Error | null, responses: unknown[] = []): void => {
      const failures = error === null ? [] : [error.message];
      resolve(portableAnswers(responses, failures));
    };
    nsp.adapter.serverSideEmit([...data, answer], emitted);
  });
}
