/** What several shards answer to one call, put together. */
import type { Acknowledgements, FetchedSockets, SocketDetails } from "../../calls/calls.ts";

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
