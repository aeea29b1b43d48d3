/** The default codec. Incoming payloads are decoded in payload.ts, where the core says they start. */
import * as EnginePacketType from "../core/abi/engine-packet-type.gen.ts";
import * as PacketType from "../core/abi/packet-type.gen.ts";
import type { Codec, Frame } from "./codec.ts";
import { hasBinary, takeAttachments } from "./payload.ts";

const MESSAGE = String(EnginePacketType.message);
/** How the text frames of EVENT and ACK packets begin. */
const EVENT = `${MESSAGE}${PacketType.event}`;
const ACK = `${MESSAGE}${PacketType.ack}`;
const TO_BINARY = PacketType.binary_event - PacketType.event;

export const jsonCodec: Codec = {
  isExternal: false,

  encode(type: number, namespace: string, ackId: number | undefined, data: unknown[]): Frame[] {
    if (hasBinary(data)) return encodeBinary(type, namespace, ackId, data);
    const head = type === PacketType.event ? EVENT : ACK;
    const json = JSON.stringify(data);
    if (ackId === undefined && namespace === "/") return [head + json];
    return [head + address(namespace, ackId) + json];
  },
};

function encodeBinary(
  type: number,
  namespace: string,
  ackId: number | undefined,
  data: unknown[],
): Frame[] {
  const attachments: Uint8Array[] = [];
  const json = JSON.stringify(takeAttachments(data, attachments));
  const head = `${MESSAGE}${type + TO_BINARY}${attachments.length}-`;
  return [`${head}${address(namespace, ackId)}${json}`, ...attachments];
}

function address(namespace: string, ackId: number | undefined): string {
  const name = namespace === "/" ? "" : `${namespace},`;
  return ackId === undefined ? name : name + ackId;
}
