/** The package's entry for clients of `dormouse-io/auth`, over the stock `socket.io-client`. */
export type { Logger } from "../auth/logger.ts";
export {
  type ClientState,
  HelperError,
  SocketIOClientStates,
  SocketIOConstants,
} from "../auth/protocol.ts";
export { type ClientHelperOptions, SocketIOClientHelper } from "./client-helper.ts";
export type { EventHandler } from "./subscriptions.ts";
