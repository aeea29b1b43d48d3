/**
 * What is known of a client: its state, and until when it has to be authenticated. It is a property of the
 * socket, where it survives a sleep, and where applications do not overwrite it as they do `socket.data`.
 */
import type { AnySocket } from "./options.ts";
import { type ClientState, SocketIOClientStates } from "./protocol.ts";

/** How far a client has come, and how long it has for the rest. */
export interface ClientRecord {
  /** How far the client's authentication has got. */
  state: ClientState;
  /** Until when it has to be authenticated, in milliseconds since the epoch; `Infinity` where there is no limit. */
  deadline: number;
}

interface Recorded {
  authentication?: ClientRecord;
}

/** Notes a client that has just connected. */
export function createRecord(socket: AnySocket, deadline: number): ClientRecord {
  const record: ClientRecord = { state: SocketIOClientStates.UNAUTHORIZED, deadline };
  (socket as Recorded).authentication = record;
  return record;
}

/** Undefined for a socket that the helper does not know. */
export function recordOf(socket: AnySocket): ClientRecord | undefined {
  return (socket as Recorded).authentication;
}

/** Whether it is a client that was let in. */
export function isAuthenticated(socket: AnySocket): boolean {
  return recordOf(socket)?.state === SocketIOClientStates.AUTHENTICATED;
}
