/** The package's entry for authentication, rooms and topics in the manner of the helper of `@venizia/ignis-helpers`. */
export type { ClientRecord } from "./client-record.ts";
export type { Logger } from "./logger.ts";
export type { ServerHelperOptions } from "./options.ts";
export {
  type ClientState,
  HelperError,
  SocketIOClientStates,
  SocketIOConstants,
} from "./protocol.ts";
export { type HelperClient, type Message, SocketIOServerHelper } from "./server-helper.ts";
