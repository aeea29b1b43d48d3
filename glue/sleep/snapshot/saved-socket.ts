/** What a snapshot keeps of a socket, beside what the core knows of its session. */

import type { RemovedGroup } from "../replay/removed-listeners.ts";
import { type Path, packBuffers, unpackBuffers } from "../values/buffers.ts";
import type { OwnProperties } from "../values/properties.ts";

export interface SavedSocket {
  /** Missing if it is empty, like `data`: most are, and each part costs time with every change. */
  auth?: Record<string, unknown> | undefined;
  /** When it was first made, in milliseconds since the epoch. */
  issued: number;
  recovered?: boolean | undefined;
  data?: unknown;
  /**
   * Names of what is kept only in part, in `data` and `handshake`, for its connection listener or a middleware makes it
   * again: `socket.data.player`.
   */
  partial?: readonly string[] | undefined;
  /** What the application set on the socket itself. */
  own?: OwnProperties | undefined;
  /** Names of properties that were deleted, on it and its `handshake`: `socket.user`. */
  deleted?: readonly string[] | undefined;
  /** What the application made of `handshake`, beside `auth`. */
  handshake?: OwnProperties | undefined;
  /** Where in `{ data, own, handshake }` bytes are that were a `Buffer`. */
  buffers?: Path[] | undefined;
  /** Which of the server's dynamic namespaces made its namespace, by their order. */
  parent?: number | undefined;
  /** Whether its namespace's middlewares run again, for they have left what cannot be kept. */
  repeats?: true | undefined;
  /** Listeners that it registers again after a sleep, and is not to have any more. */
  removed?: readonly RemovedGroup[] | undefined;
  /** How many listeners it had while its connection listener went on, as one that never ends does. */
  unsettled?: number | undefined;
  /** Whether it has listeners for all that goes out. */
  outgoing?: true | undefined;
}

const NOTHING = {};

/** The same as it is kept: where there is nothing but the time, the time alone. */
export type PackedSocket = SavedSocket | number;

/** For one without bytes in `data`, `own` and `handshake`. */
export function packSocket(saved: SavedSocket): PackedSocket {
  return isTimeAlone(saved) ? saved.issued : saved;
}

/** For one that may have bytes there. */
export function packSocketWithBytes(saved: SavedSocket): PackedSocket {
  if (isTimeAlone(saved)) return saved.issued;
  const { data, own, handshake } = saved;
  if (data === undefined && own === undefined && handshake === undefined) return saved;
  const { value, paths } = packBuffers({ data, own, handshake });
  return paths.length === 0 ? saved : { ...saved, ...(value as object), buffers: paths };
}

/** Without a list of the names: asked with every change. */
function isTimeAlone(saved: SavedSocket): boolean {
  for (const name in saved) if (name !== "issued") return false;
  return true;
}

/** What of it concerns the namespace, without unpacking it. */
export function namespacePart(packed: PackedSocket): Pick<SavedSocket, "parent" | "outgoing"> {
  return typeof packed === "number" ? NOTHING : packed;
}

/** To be called once for what was packed, which it may change. */
export function unpackSocket(packed: PackedSocket): SavedSocket {
  if (typeof packed === "number") return { issued: packed };
  const { data, own, handshake, buffers } = packed;
  if (buffers === undefined) return packed;
  const unpacked = unpackBuffers({ data, own, handshake }, buffers) as object;
  return { ...packed, ...unpacked, buffers: undefined };
}
