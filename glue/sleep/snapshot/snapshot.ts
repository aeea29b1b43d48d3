/**
 * The glue's half of a connection's snapshot: what JavaScript owns, as a value that can be cloned. It
 * is written with nearly every change and read for every connection when an object wakes, so it is
 * flat: each container inside it would cost as much as everything else together.
 */
import type { Connection, PendingPayload } from "../../engine/connections/connection.ts";
import type { KeptConnection } from "../../engine/connections/keeper.ts";
import { KeptSessions } from "../../engine/connections/kept-sessions.ts";
import { RepeatedParts } from "../../engine/handshake/repeated-parts.ts";

/** The version of the form that is written; no other can be read. */
const VERSION = 3;
/** Elements before those of the sessions. */
const FIRST_SESSION = 3;

/** What most connections have nothing of. */
type Aside = Pick<KeptConnection, "isRequestDeleted" | "repeats" | "around">;
/** What will soon be over, and most connections have nothing of, most of the time. */
type Passing = Pick<KeptConnection, "connecting" | "pending">;

/** What of a session there is to keep; undefined for nothing. */
export type SaveSession = (session: number) => unknown;

/**
 * The version, `RequestDetails.text`, an `Aside` if there is anything to it, then for each session the
 * name of its namespace and what is kept of it. Nothing of sessions that are not admitted.
 *
 * `sessions`: names of namespaces and the sessions there. `around`: what `Surroundings.keep` gave.
 */
export function writeSnapshot(
  connection: Connection,
  sessions: readonly [string, number][],
  saveSession: SaveSession,
  around: unknown,
): unknown[] {
  const snapshot: unknown[] = [VERSION, connection._details.text, asideOf(connection, around)];
  for (const [namespace, session] of sessions) {
    if (connection._connecting?.has(namespace)) continue;
    const saved = connection._restored?.has(namespace)
      ? connection._restored.get(namespace)
      : saveSession(session);
    if (saved !== undefined) snapshot.push(namespace, saved);
  }
  return snapshot;
}

/** The names of the namespaces that a snapshot holds something of. */
export function namespacesOf(snapshot: readonly unknown[]): string {
  let names = "";
  for (let at = FIRST_SESSION; at < snapshot.length; at += 2) names += `${snapshot[at]},`;
  return names;
}

function asideOf({ request, _repeats }: Connection, around: unknown): Aside | undefined {
  if (request !== undefined && around === undefined && _repeats === RepeatedParts.none)
    return undefined;
  const aside: Aside = {};
  if (_repeats !== RepeatedParts.none) aside.repeats = _repeats;
  if (around !== undefined) aside.around = around;
  if (request === undefined) aside.isRequestDeleted = true;
  return aside;
}

/** What waits for its rest, or for its admission; undefined if nothing does. */
export function writePassing(connection: Connection): unknown {
  const { _connecting: connecting, _pending: pending } = connection;
  if (connecting === undefined && pending === undefined) return undefined;
  const passing: Passing = {};
  if (connecting !== undefined) passing.connecting = connecting;
  if (pending !== undefined) passing.pending = copyPending(pending);
  return passing;
}

/** Undefined if it is not a snapshot that this version can read. */
export function readSnapshot(value: unknown, passing: unknown): KeptConnection | undefined {
  if (!Array.isArray(value) || value[0] !== VERSION || value.length % 2 !== FIRST_SESSION % 2) {
    return undefined;
  }
  const [, details, aside] = value as unknown[];
  if (typeof details !== "string" || !isPassing(passing)) return undefined;
  if (aside !== undefined && !isRecord(aside)) return undefined;
  const kept: KeptConnection = { details, sessions: new KeptSessions(value, FIRST_SESSION) };
  if (aside !== undefined) Object.assign(kept, aside);
  if (passing !== undefined) Object.assign(kept, passing);
  return kept;
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
