/** The part of a socket that connection state recovery restores. */

import type { Adapter, LiveSession, SessionToPersist } from "../../adapter/rooms/adapter.ts";
import { type DisconnectReason, RECOVERABLE_DISCONNECT_REASONS } from "../types/socket-types.ts";

/** What recovery needs of a socket. */
export interface RecoverableSocket {
  readonly id: string;
  readonly connected: boolean;
  readonly rooms: ReadonlySet<string>;
  readonly adapter: Pick<Adapter, "_endSession" | "persistSession">;
  readonly nsp: { readonly server: { readonly _recovery: object | undefined } };
  readonly _pid: string | undefined;
  readonly _kept: { readonly keptData: unknown };
}

/** Undefined where there is nothing to recover. */
export function recoverableOf(socket: RecoverableSocket): SessionToPersist | undefined {
  const pid = recoveryIdOf(socket);
  if (pid === undefined) return undefined;
  return { sid: socket.id, pid, rooms: [...socket.rooms], data: socket._kept.keptData };
}

/** The same, but rooms and data are read when they are asked for. */
export function recoverableLaterOf(socket: RecoverableSocket): LiveSession | undefined {
  const pid = recoveryIdOf(socket);
  if (pid === undefined) return undefined;
  return {
    sid: socket.id,
    pid,
    get rooms() {
      return [...socket.rooms];
    },
    get data() {
      return socket._kept.keptData;
    },
    get isGone() {
      return !socket.connected;
    },
  };
}

/** Keeps the session of a socket that ends so that its client can recover it, or forgets it, as the reason says. */
export function keepForRecovery(socket: RecoverableSocket, reason: DisconnectReason): void {
  const session = recoverableOf(socket);
  if (session === undefined) return;
  if (RECOVERABLE_DISCONNECT_REASONS.has(reason)) socket.adapter.persistSession(session);
  else socket.adapter._endSession?.(session.pid);
}

function recoveryIdOf({ nsp, _pid: pid }: RecoverableSocket): string | undefined {
  return (nsp.server._recovery && pid) || undefined;
}
