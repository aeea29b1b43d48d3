/** The glue's half of a connection's snapshot: what JavaScript owns, as a value that can be cloned. */
import type { Application } from "./application.ts";
import type { Connection, PendingPayload } from "./connection.ts";

const VERSION = 2;

interface SavedConnection {
  version: number;
  /** What `RequestDetails.text` gave. */
  details: string;
  isRequestDeleted?: true;
  /** By namespace name. */
  sessions: Map<string, unknown>;
  /** Auth payloads of sessions whose middlewares still run, by namespace name. */
  connecting?: Map<string, Record<string, unknown>>;
  pending?: PendingPayload;
}

/**
 * `sessions`: names of namespaces and the sessions there. `isCareful`: leaves out what cannot be cloned.
 */
export function writeSnapshot(
  connection: Connection,
  sessions: readonly [string, number][],
  application: Application,
  isCareful: boolean,
): unknown {
  const saved = new Map<string, unknown>();
  for (const [namespace, session] of sessions) {
    const value = connection._restored?.has(namespace)
      ? connection._restored.get(namespace)
      : application.saveSession?.(session, isCareful);
    if (value !== undefined) saved.set(namespace, value);
  }
  const snapshot: SavedConnection = {
    version: VERSION,
    details: connection._details.text,
    sessions: saved,
  };
  const { _connecting: connecting, _pending: pending } = connection;
  if (connection.request === undefined) snapshot.isRequestDeleted = true;
  if (connecting !== undefined) snapshot.connecting = connecting;
  if (pending !== undefined) snapshot.pending = copyPending(pending);
  return snapshot;
}

/** An attachment may be a view of a larger buffer, which a clone would take along. */
function copyPending({ args, attachments }: PendingPayload): PendingPayload {
  return { args, attachments: attachments.map((bytes) => new Uint8Array(bytes)) };
}

/** Undefined if it is not a snapshot that this version can read. */
export function readSnapshot(value: unknown): SavedConnection | undefined {
  if (!isRecord(value) || value.version !== VERSION) return undefined;
  const { details, sessions, connecting, pending } = value;
  const isWhole =
    typeof details === "string" &&
    sessions instanceof Map &&
    (connecting === undefined || connecting instanceof Map) &&
    (pending === undefined || isPending(pending));
  return isWhole ? (value as unknown as SavedConnection) : undefined;
}

function isPending(value: unknown): boolean {
  if (!isRecord(value) || !Array.isArray(value.args) || !Array.isArray(value.attachments)) {
    return false;
  }
  return value.attachments.every((attachment) => attachment instanceof Uint8Array);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
