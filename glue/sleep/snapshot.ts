/**
 * The glue's half of a connection's snapshot: what JavaScript owns, as a value that can be cloned. It
 * is written with nearly every change and read for every connection when an object wakes, so it is
 * flat: each container inside it would cost as much as everything else together.
 */
import type { Application } from "../engine/application.ts";
import type { Connection, PendingPayload } from "../engine/connection.ts";
import type { KeptConnection } from "../engine/keeper.ts";

/** Of the form of what is written; another one cannot be read. */
const VERSION = 3;
/** Elements before those of the sessions. */
const FIRST_SESSION = 3;

/** What most connections have nothing of, most of the time. */
type Passing = Omit<KeptConnection, "details" | "sessions">;

/**
 * The version, `RequestDetails.text`, a `Passing` if there is anything to it, then for each session the
 * name of its namespace and what is kept of it.
 *
 * `sessions`: names of namespaces and the sessions there. `around`: what `Surroundings.keep` gave.
 * `isCareful`: leaves out what cannot be cloned.
 */
export function writeSnapshot(
  connection: Connection,
  sessions: readonly [string, number][],
  application: Application,
  around: unknown,
  isCareful: boolean,
): unknown {
  const snapshot: unknown[] = [VERSION, connection._details.text, passingOf(connection, around)];
  for (const [namespace, session] of sessions) {
    const saved = connection._restored?.has(namespace)
      ? connection._restored.get(namespace)
      : application.saveSession?.(session, isCareful);
    if (saved !== undefined) snapshot.push(namespace, saved);
  }
  return snapshot;
}

/** Undefined if it is not a snapshot that this version can read. */
export function readSnapshot(value: unknown): KeptConnection | undefined {
  if (!Array.isArray(value) || value[0] !== VERSION || value.length % 2 !== FIRST_SESSION % 2) {
    return undefined;
  }
  const [, details, passing] = value as unknown[];
  if (typeof details !== "string" || !isPassing(passing)) return undefined;
  const sessions = new Map<string, unknown>();
  for (let at = FIRST_SESSION; at < value.length; at += 2) sessions.set(value[at], value[at + 1]);
  return { ...passing, details, sessions };
}

function passingOf(connection: Connection, around: unknown): Passing | undefined {
  const { request, _connecting: connecting, _pending: pending } = connection;
  const parts = [connecting, pending, around];
  if (request !== undefined && parts.every((part) => part === undefined)) return undefined;
  const passing: Passing = {};
  if (around !== undefined) passing.around = around;
  if (request === undefined) passing.isRequestDeleted = true;
  if (connecting !== undefined) passing.connecting = connecting;
  if (pending !== undefined) passing.pending = copyPending(pending);
  return passing;
}

/** An attachment may be a view of a larger buffer, which a clone would take along. */
function copyPending({ args, attachments }: PendingPayload): PendingPayload {
  return { args, attachments: attachments.map((bytes) => new Uint8Array(bytes)) };
}

function isPassing(value: unknown): value is Passing | undefined {
  if (value === undefined) return true;
  if (!isRecord(value)) return false;
  const { connecting, pending } = value;
  return (
    (connecting === undefined || connecting instanceof Map) &&
    (pending === undefined || isPending(pending))
  );
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
