/** Errors of the boundary to the core. */

import * as Status from "./abi/status.gen.ts";
import { type CoreConfig, configDefaults, statusTexts } from "./abi.gen.ts";

/** A call was refused by the core: the caller's mistake. Nothing has changed. */
export class CoreError extends Error {
  override readonly name = "CoreError";
  /** One of `Status`. */
  readonly status: number;

  /** `call`: which one, in words. `config`: the limits that it may have met. */
  constructor(call: string, status: number, config: Readonly<CoreConfig> = configDefaults) {
    const limit = limitOf(status, config);
    super(`${call}: ${statusTexts[status] ?? `status ${status}`}${limit && ` (${limit})`}`);
    this.status = status;
  }
}

/** The limit that a status is about, in words. */
function limitOf(status: number, config: Readonly<CoreConfig>): string {
  switch (status) {
    case Status.too_many_connections:
      return `limit: ${config.maxConnections} connections`;
    case Status.room_name_too_long:
      return `limit: ${config.maxRoomLength} bytes`;
    case Status.too_many_rooms:
      return `limit: ${config.maxRoomsPerSession} rooms`;
    case Status.room_names_too_large:
      return `limit: ${config.maxRoomBytesPerSession} bytes`;
    default:
      return "";
  }
}

/** The core's instance is broken (a trap) and was discarded with everything in it. */
export class CoreTrap extends Error {
  override readonly name = "CoreTrap";

  constructor(call: string, cause: unknown) {
    super(`${call}: the core trapped and was discarded`, { cause });
  }
}
