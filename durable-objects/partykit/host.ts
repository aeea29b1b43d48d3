/** The platform under a server in a PartyKit room: one host that sleeps, and one that stays awake. */
import type { ConnectionSnapshot, HostTransport } from "../../glue/engine/host/host.ts";
import type { ResolvedOptions } from "../../glue/socket.io/server/options.ts";
import type { AlarmStorage } from "../shared/alarm/application-alarms.ts";
import type { ServerHost } from "../shared/host/server-host.ts";
import { SleepingHost } from "../shared/host/sleeping-host.ts";
import { WakefulHost } from "../shared/host/wakeful-host.ts";
import { isAttachment } from "../shared/snapshots/attachment.ts";
import { SPILLED } from "../shared/snapshots/spilled-parts.ts";
import { type PlatformSocket, reportError } from "../shared/sockets/object-socket.ts";
import { LoadedStorage, type PlatformStorage } from "../shared/storage/own-storage.ts";

export interface RoomHost extends ServerHost {
  /** Brings back the connections of these WebSockets, as far as they are ours and not there. */
  restoreAll(webSockets: readonly PlatformSocket[]): number;
  /** `there`: the WebSockets that are left. For what was spilled of others, once after a wake. */
  cleanUp(there: readonly PlatformSocket[]): void;
}

/** What a host has to know of the application. */
interface ApplicationFacts {
  /** Whether it has an alarm handler. */
  hasAlarm: boolean;
  /** The value of `DEBUG`. */
  debug: unknown;
}

export function makeRoomHost(
  storage: AlarmStorage & PlatformStorage,
  options: ResolvedOptions,
  facts: ApplicationFacts,
): RoomHost {
  const { hasAlarm } = facts;
  const own = new LoadedStorage(storage, (error) => reportError(error, "storage"));
  return options.hibernate
    ? new SleepingRoomHost(storage, own, facts)
    : new WakefulRoomHost({ platform: storage, storage: own, hasAlarm, tellsTime: false });
}

/** Pongs come in as messages: PartyKit answers none by itself. */
class SleepingRoomHost extends SleepingHost<PlatformSocket> implements RoomHost {
  override readonly answersPongs = false;
  override readonly storage: LoadedStorage;
  #isClean = false;

  constructor(platform: AlarmStorage, storage: LoadedStorage, facts: ApplicationFacts) {
    super({ platform, storage, tellsTime: false, ...facts });
    this.storage = storage;
  }

  /** PartyKit keeps the tags of its connections to itself: what is attached tells. */
  override owns(webSocket: PlatformSocket): boolean {
    return (
      this.connectionOf(webSocket) !== undefined || isAttachment(webSocket.deserializeAttachment())
    );
  }

  /** PartyKit hands out the very object that was attached; the runtime may change what it gets. */
  override load(socket: HostTransport): ConnectionSnapshot | undefined {
    return structuredClone(super.load(socket));
  }

  /** PartyKit does not list those that are about to close. */
  restoreAll(webSockets: readonly PlatformSocket[]): number {
    return this.restore(
      webSockets.filter((one) => this.connectionOf(one) === undefined && this.owns(one)),
    );
  }

  cleanUp(there: readonly PlatformSocket[]): void {
    if (this.#isClean) return;
    this.#isClean = true;
    this.keeper.clean(there);
    this.storage.forget(SPILLED);
  }
}

class WakefulRoomHost extends WakefulHost<PlatformSocket> implements RoomHost {
  restoreAll(): number {
    return 0;
  }

  cleanUp(): void {}
}
