/** Every scenario of the suite, also for the Worker bundle. */

import { CHAT } from "./apps/chat.scenarios.ts";
import { PRIVATE_MESSAGES } from "./apps/private-messages.scenarios.ts";
import { WHITEBOARD } from "./apps/whiteboard.scenarios.ts";
import { ACKS } from "./groups/acks.scenarios.ts";
import { ANY_LISTENERS } from "./groups/any-listeners.scenarios.ts";
import { BINARY } from "./groups/binary.scenarios.ts";
import { BROADCAST } from "./groups/broadcast.scenarios.ts";
import { BROADCAST_ACKS } from "./groups/broadcast-acks.scenarios.ts";
import { CLOSE } from "./groups/close.scenarios.ts";
import { CONN } from "./groups/conn.scenarios.ts";
import { CONNECTION } from "./groups/connection.scenarios.ts";
import { DISCONNECT } from "./groups/disconnect.scenarios.ts";
import { DYNAMIC_NAMESPACES } from "./groups/dynamic-namespaces.scenarios.ts";
import { EMIT } from "./groups/emit.scenarios.ts";
import { ENGINE } from "./groups/engine.scenarios.ts";
import { ENGINE3 } from "./groups/engine3.scenarios.ts";
import { IDS } from "./groups/ids.scenarios.ts";
import { LESS_USED_EMITTING } from "./groups/less-used-emitting.scenarios.ts";
import { LESS_USED_JOINING } from "./groups/less-used-joining.scenarios.ts";
import { LIMITS } from "./groups/limits.scenarios.ts";
import { MIDDLEWARES } from "./groups/middlewares.scenarios.ts";
import { NAMESPACE_CLEANUP } from "./groups/namespace-cleanup.scenarios.ts";
import { NAMESPACES } from "./groups/namespaces.scenarios.ts";
import { ODD_USE } from "./groups/odd-use.scenarios.ts";
import { ORDERING } from "./groups/ordering.scenarios.ts";
import { PARENTS } from "./groups/parents.scenarios.ts";
import { PARSER } from "./groups/parser.scenarios.ts";
import { PARSERS } from "./groups/parsers.scenarios.ts";
import { PROTOCOL } from "./groups/protocol.scenarios.ts";
import { RECOVERY } from "./groups/recovery.scenarios.ts";
import { RESERVED_NAMES } from "./groups/reserved.scenarios.ts";
import { ROOMS } from "./groups/rooms.scenarios.ts";
import { SERVER_SIDE } from "./groups/server-side.scenarios.ts";
import { SOCKET_MIDDLEWARES } from "./groups/socket-middlewares.scenarios.ts";
import { UTILITIES } from "./groups/utilities.scenarios.ts";
import { VOLATILE } from "./groups/volatile.scenarios.ts";
import type { Scenario } from "./scenario.ts";

/** In the order in which they are run. */
export const ALL: readonly Scenario[] = [
  ...CONNECTION,
  ...NAMESPACES,
  ...DYNAMIC_NAMESPACES,
  ...NAMESPACE_CLEANUP,
  ...ROOMS,
  ...EMIT,
  ...ACKS,
  ...BROADCAST,
  ...BROADCAST_ACKS,
  ...UTILITIES,
  ...MIDDLEWARES,
  ...IDS,
  ...SOCKET_MIDDLEWARES,
  ...ANY_LISTENERS,
  ...RESERVED_NAMES,
  ...DISCONNECT,
  ...BINARY,
  ...VOLATILE,
  ...PROTOCOL,
  ...PARENTS,
  ...PARSER,
  ...ENGINE,
  ...LIMITS,
  ...RECOVERY,
  ...SERVER_SIDE,
  ...CLOSE,
  ...ENGINE3,
  ...ORDERING,
  ...ODD_USE,
  ...LESS_USED_EMITTING,
  ...LESS_USED_JOINING,
  ...CHAT,
  ...PRIVATE_MESSAGES,
  ...WHITEBOARD,
  ...PARSERS,
  ...CONN,
];
