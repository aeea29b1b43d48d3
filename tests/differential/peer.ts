/** One client of a server without a network, upstream's or ours. */
import type { Frame } from "./packets.ts";

export interface Peer {
  /** The Engine.IO session's id. */
  readonly id: string;
  /** The server gets a frame. */
  receive(frame: Frame): void;
  /** What the server sent since the last call. */
  sent(): Frame[];
  /** Whether the server has closed the connection. */
  isClosed(): boolean;
  /** The client goes away. */
  end(): void;
}
