/** What turns packets into frames and back. JSON is one codec, a `parser` option another. */
import type { Frame } from "./host.ts";

/** A Socket.IO packet, in the shape that upstream's parsers take and give. */
export interface Packet {
  /** A `PacketType`. */
  type: number;
  nsp: string;
  data?: unknown;
  id?: number | undefined;
}

export interface Codec {
  /**
   * The frames of a packet, as they go over a WebSocket of Engine.IO 4. `type` is `event` or `ack`;
   * whether it becomes a binary one depends on `data`. Throws what the data's own methods throw, and a
   * TypeError or RangeError for data that cannot be encoded (cyclic, too deep).
   */
  encode(type: number, namespace: string, ackId: number | undefined, data: unknown[]): Frame[];
  /** A packet that the core has encoded as text: CONNECT, DISCONNECT, CONNECT_ERROR. */
  translate(text: string): Frame[];
}
