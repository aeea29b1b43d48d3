/** What the core is told of the options. */
import { PacketCodec, PongSource, TransportFlag } from "../core/abi.gen.ts";
import type { CoreConfig } from "../core/config.ts";
import type { ResolvedEngineOptions } from "./options.ts";

/** `isExternal`: packets are another parser's. `answersPongs`: the platform hears pongs, and no message says so. */
export function coreConfigOf(
  options: ResolvedEngineOptions,
  isExternal: boolean,
  answersPongs: boolean,
): Partial<CoreConfig> {
  return {
    pingInterval: options.pingInterval,
    pingTimeout: options.pingTimeout,
    connectTimeout: options.connectTimeout,
    maxPayload: options.maxHttpBufferSize,
    transports: options.transports.reduce((flags, name) => flags | TransportFlag[name], 0),
    packetCodec: isExternal ? PacketCodec.external : PacketCodec.text,
    pongSource: answersPongs ? PongSource.auto_response : PongSource.message,
  };
}
