/** What the core is told of the options. */
import type { Codec } from "../../codec/codec.ts";
import * as PacketCodec from "../../core/abi/packet-codec.gen.ts";
import * as PongSource from "../../core/abi/pong-source.gen.ts";
import * as TransportFlag from "../../core/abi/transport-flag.gen.ts";
import type { CoreConfig } from "../../core/config.ts";
import type { Host } from "../host/host.ts";
import type { ResolvedEngineOptions } from "./options.ts";

const FLAGS = { websocket: TransportFlag.websocket, polling: TransportFlag.polling } as const;

export function coreConfigOf(
  options: ResolvedEngineOptions,
  { isExternal }: Pick<Codec, "isExternal">,
  { answersPongs }: Pick<Host, "answersPongs">,
): Partial<CoreConfig> {
  return {
    pingInterval: options.pingInterval,
    pingTimeout: options.pingTimeout,
    connectTimeout: options.connectTimeout,
    maxPayload: options.maxHttpBufferSize,
    transports: options.transports.reduce((flags, name) => flags | FLAGS[name], 0),
    packetCodec: isExternal ? PacketCodec.external : PacketCodec.text,
    pongSource: answersPongs ? PongSource.auto_response : PongSource.message,
  };
}
