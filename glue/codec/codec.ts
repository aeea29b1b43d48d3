/**
 * What turns packets into frames and back. With JSON the core reads the heads of packets and payload.ts
 * the rest; with another codec (the `parser` option) whole messages go to its decoder.
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
   * External codecs only: takes a message; answers the packets that are complete by it. Throws for a
   * message that is none. `sender`: the object that stands for who sent it; packets of several messages
   * are put together by sender.
   */
  decode?(sender: object, message: string | Uint8Array): Packet[];
}
