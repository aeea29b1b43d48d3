/** What several shards answer to one call, put together. */
import {
  type Acknowledgements,
  type Call,
  type FetchedSockets,
  isQuestion,
  SERVERS_TIMEOUT,
  type SocketDetails,
} from "../../calls/calls.ts";

export interface Outcome {
  /** How many clients were asked. */
  clients: number;
  /** What clients or servers have answered. */
  responses: unknown[];
  sockets: SocketDetails[];
  /** Shards that could not be asked: each says which, and why. */
  failures: string[];
}

export function nothing(): Outcome {
  return { clients: 0, responses: [], sockets: [], failures: [] };
}

/** What a shard answers to a call; it may be broken, or of another version. */
export function outcomeOf(value: unknown): Outcome {
  const { clients, responses, sockets, failures } = (value ?? {}) as Partial<
    Acknowledgements & FetchedSockets
  >;
  return {
    clients: typeof clients === "number" && clients >= 0 ? clients : 0,
    responses: Array.isArray(responses) ? responses : [],
    sockets: Array.isArray(sockets) ? sockets.filter(isSocket) : [],
    failures: Array.isArray(failures) ? failures.map(String) : [],
  };
}

function isSocket(socket: unknown): boolean {
  const { id, rooms } = (socket ?? {}) as Partial<SocketDetails>;
  return typeof id === "string" && Array.isArray(rooms);
}

export function merge(outcomes: readonly Outcome[]): Outcome {
  const merged = nothing();
  for (const { clients, responses, sockets, failures } of outcomes) {
    merged.clients += clients;
    for (const response of responses) merged.responses.push(response);
    for (const socket of sockets) merged.sockets.push(socket);
    for (const failure of failures) merged.failures.push(failure);
  }
  return merged;
}

/** All of them together; undefined if there are none. */
export function mergeAll(outcomes: readonly Promise<Outcome>[]): Promise<Outcome> | undefined {
  return outcomes.length === 0 ? undefined : Promise.all(outcomes).then(merge);
}

/**
 * How much longer than clients, or servers, have time to answer a call their answers may be on the way back, in
 * milliseconds: for each hop. Nobody waits for it but where somebody does not answer.
 */
const HOP = 500;

/** The same for all hops, and for asking the others when a home of rooms does not answer. */
export const ANSWERS_UNDER_WAY = 3 * HOP;

/**
 * How long an answer to the call is waited for, in milliseconds; undefined if nobody waits for one. `hops`: how many
 * there are from here to those who are asked; 4 stands for all that there may be, as when others have to be asked, too.
 */
export function patienceFor(call: Call, hops: 1 | 2 | 4): number | undefined {
  if (!isQuestion(call)) return undefined;
  return ("timeout" in call ? call.timeout : SERVERS_TIMEOUT) + hops * HOP;
}

/** Resolves as the promise does; with `late()` if it has not within the time. */
export function within<Result>(
  milliseconds: number | undefined,
  promise: Promise<Result>,
  late: () => Result,
): Promise<Result> {
  if (milliseconds === undefined) return promise;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late()), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
