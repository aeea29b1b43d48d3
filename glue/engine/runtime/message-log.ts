/** How the log shows a message: without secrets, and shortened if it is long. */
import type { Codec } from "../../codec/codec.ts";
import * as EnginePacketType from "../../core/abi/engine-packet-type.gen.ts";
import * as PacketType from "../../core/abi/packet-type.gen.ts";

/** Units of a message that are shown under `DEBUG`. */
const MAX_LOGGED = 100;
/** How a CONNECT begins. Its payload has secrets: the recovery id and the client's credentials. */
const CONNECT = `${EnginePacketType.message}${PacketType.connect}`;

/** With an external codec only the length is shown: it alone knows where in a message a secret may be. */
export function describeMessage(
  data: string | ArrayBuffer | Uint8Array,
  codec: Pick<Codec, "isExternal">,
): string {
  if (typeof data !== "string") return `${data.byteLength} bytes`;
  if (codec.isExternal) return `${data.length} units`;
  if (data.startsWith(CONNECT)) return data.replace(/\{.*/s, "{…}");
  return data.length <= MAX_LOGGED ? data : `${data.slice(0, MAX_LOGGED)}… (${data.length} units)`;
}
