/** What the core is set up with. */
import { configDefaults } from "./abi.gen.ts";

/** The core's configuration; see `Config` in wasm/include/dormouse/types.h, where defaults are. */
export interface CoreConfig {
  pingInterval: number;
  pingTimeout: number;
  connectTimeout: number;
  maxPayload: number;
  maxAttachments: number;
  maxNamespaceLength: number;
  maxSessionsPerConnection: number;
  maxConnections: number;
  /** A `PongSource`. */
  pongSource: number;
  /** A `PacketCodec`. */
  packetCodec: number;
}

/** The largest message that a client may send, in bytes. */
export function maxPayloadOf(config: Partial<CoreConfig>): number {
  return config.maxPayload ?? configDefaults.max_payload;
}

/** In the order of the fields of `Config`. */
export function configArguments(config: Partial<CoreConfig>): number[] {
  return [
    config.pingInterval ?? configDefaults.ping_interval,
    config.pingTimeout ?? configDefaults.ping_timeout,
    config.connectTimeout ?? configDefaults.connect_timeout,
    maxPayloadOf(config),
    config.maxAttachments ?? configDefaults.max_attachments,
    config.maxNamespaceLength ?? configDefaults.max_namespace_length,
    config.maxSessionsPerConnection ?? configDefaults.max_sessions_per_connection,
    config.maxConnections ?? configDefaults.max_connections,
    config.pongSource ?? configDefaults.pong_source,
    config.packetCodec ?? configDefaults.packet_codec,
  ];
}
