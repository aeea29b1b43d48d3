/** What a snapshot keeps of a socket, beside what the core knows of its session. */
import type { OwnProperties } from "./socket-properties.ts";

export interface SavedSocket {
  /** Missing if it is empty, like `data`: most are, and each part costs time with every change. */
  auth?: Record<string, unknown> | undefined;
  /** When it was first made, in milliseconds since the epoch. */
  issued: number;
  recovered?: boolean | undefined;
  data?: unknown;
  /** What the application set on the socket itself. */
  own?: OwnProperties | undefined;
  /** Which of the server's dynamic namespaces made its namespace, by their order. */
  parent?: number | undefined;
  /** Whether it has listeners for all that goes out. */
  outgoing?: true | undefined;
}

/** The same as it is kept: where there is nothing but the time, the time alone. */
export type PackedSocket = SavedSocket | number;

export function packSocket(saved: SavedSocket): PackedSocket {
  return Object.keys(saved).length === 1 ? saved.issued : saved;
}

export function unpackSocket(packed: PackedSocket): SavedSocket {
  return typeof packed === "number" ? { issued: packed } : packed;
}
