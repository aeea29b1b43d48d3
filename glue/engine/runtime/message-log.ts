/** What the log says of a message: no secret, and not all of a long one. */
import type { Codec } from "../../codec/codec.ts";
import * as EnginePacketType from "../../core/abi/engine-packet-type.gen.ts";
import * as PacketType from "../../core/abi/packet-type.gen.ts";

/** Units of a message that are shown under `DEBUG`. */
const MAX_LOGGED = 100;
/** How a client asks to join a namespace: with its private id for recovery, and with what proves who it is. */
const CONNECT = `${EnginePacketType.message}${PacketType.connect}`;

/** Where packets are another parser's, that alone knows where in them a secret may be. */
export function describeMessage(
  data: string | ArrayBuffer | Uint8Array,
  codec: Pick<Codec, "isExternal">,
): string {
  if (typeof data !== "string") return `${data.byteLength} bytes`;
  if (codec.isExternal) return `${data.length} units`;
  if (data.startsWith(CONNECT)) return data.replace(/\{.*/s, "{…}");
  return data.length <= MAX_LOGGED ? data : `${data.slice(0, MAX_LOGGED)}… (${data.length} units)`;
}
