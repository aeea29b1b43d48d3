/**
 * The interface of codecs, which turn packets into frames and back. With the default codec the core reads the heads
 * of packets, and payload.ts the payloads. An external codec (the `parser` option) decodes whole messages.
 */

/** A frame as it goes over the WebSocket. */
export type Frame = string | Uint8Array;

/** A Socket.IO packet, in the shape that upstream's parsers take and give. */
export interface Packet {
  /** A `PacketType`. */
  type: number;
  nsp: string;
  data?: unknown;
  id?: number | undefined;
}

export interface Codec {
  /** Whether packets are decoded here and not by the core. */
  readonly isExternal: boolean;
  /**
   * The frames of a packet, as they go over a WebSocket of Engine.IO 4. `type` is `event` or `ack`;
   * whether it becomes a binary one depends on `data`. Throws what the data's own methods throw, and a
   * TypeError or RangeError for data that cannot be encoded (cyclic, too deep).
   */
  encode(type: number, namespace: string, ackId: number | undefined, data: unknown[]): Frame[];
  /** External codecs only: the frames of a packet of the core's, whose payload is JSON or empty. */
  encodeFromCore?(type: number, namespace: string, payload: string): Frame[];
  /**
   * External codecs only: decodes a message, and returns the packets that it completes. Throws if it is not valid.
   * `sender`: an object for each client, because a packet may consist of several of a client's messages.
   */
  decode?(sender: object, message: string | Uint8Array): Packet[];
}
