/** Packets as they were sent, for another journal: with an offset of that one at their end. */
import type { Codec, Frame } from "../../../codec/codec.ts";
import * as PacketType from "../../../core/abi/packet-type.gen.ts";

/** The frames of an event with `offset` in the place of `before`; undefined if they do not end with that. */
export function withOffset(
  codec: Codec,
  namespace: string,
  frames: readonly Frame[],
  before: string,
  offset: string,
): Frame[] | undefined {
  return codec.isExternal
    ? decodedWithOffset(codec, namespace, frames, before, offset)
    : textWithOffset(frames, before, offset);
}

/** Offsets are of letters that JSON leaves as they are. */
function textWithOffset(
  [head, ...attachments]: readonly Frame[],
  before: string,
  offset: string,
): Frame[] | undefined {
  const end = `"${before}"]`;
  if (typeof head !== "string" || !head.endsWith(end)) return undefined;
  return [`${head.slice(0, -end.length)}"${offset}"]`, ...attachments];
}

function decodedWithOffset(
  codec: Codec,
  namespace: string,
  frames: readonly Frame[],
  before: string,
  offset: string,
): Frame[] | undefined {
  const sender = {};
  // Text has Engine.IO's type before it.
  const messages = frames.map((frame) => (typeof frame === "string" ? frame.slice(1) : frame));
  const packets = messages.flatMap((message) => codec.decode?.(sender, message) ?? []);
  const data = packets.at(-1)?.data;
  if (packets.length !== 1 || !Array.isArray(data) || data.at(-1) !== before) return undefined;
  return codec.encode(PacketType.event, namespace, undefined, [...data.slice(0, -1), offset]);
}
