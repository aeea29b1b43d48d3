/** The platform under a server in a PartyKit room. */
import type { Connection } from "../../glue/engine/connection.ts";
import type { ConnectionSnapshot, Host, HostSocket } from "../../glue/engine/host.ts";
import type { Runtime } from "../../glue/engine/runtime.ts";
import type { AlarmStorage } from "../shared/alarm.ts";
import { isAttachment } from "../shared/attachment.ts";
import {
  ObjectSocket,
  type PlatformSocket,
  reportError,
  SleepingHost,
} from "../shared/object-host.ts";
import { DeadlineTimer } from "../shared/timer.ts";
import { RoomSpill, type RoomStorage } from "./spill.ts";

/** What a room's server needs of its host. */
export interface RoomHost extends Host {
  accept(webSocket: PlatformSocket): HostSocket;
  bind(socket: HostSocket, connection: Connection | undefined): void;
  connectionOf(webSocket: PlatformSocket): Connection | undefined;
  /** Whether a WebSocket was ours before a sleep. */
  owned(webSocket: PlatformSocket): boolean;
}

/** A host that lets the room sleep. Pongs come in as messages: PartyKit answers none by itself. */
export class SleepingRoomHost extends SleepingHost implements RoomHost {
  override readonly answersPongs = false;
  readonly #spill: RoomSpill;
  #isClean = false;

  /** `hasAlarm`: the application has alarms of its own. `debug`: the value of `DEBUG`. */
  constructor(storage: AlarmStorage & RoomStorage, hasAlarm: boolean, debug: unknown) {
    const spill = new RoomSpill(storage, (error) => reportError(error, "spilled snapshots"));
    super(storage, hasAlarm, spill, debug);
    this.#spill = spill;
  }

  /** To be awaited before anything is restored. */
  prepare(): Promise<void> {
    return this.#spill.load();
  }

  /** PartyKit keeps the tags of its connections to itself: what is attached tells. */
  owned(webSocket: PlatformSocket): boolean {
    return isAttachment(webSocket.deserializeAttachment());
  }

  accept(webSocket: PlatformSocket): HostSocket {
    return new ObjectSocket(webSocket, this.keeper);
  }

  /** PartyKit hands out the very object that was attached; the runtime may change what it gets. */
  override load(socket: HostSocket): ConnectionSnapshot | undefined {
    return structuredClone(super.load(socket));
  }

  /**
   * Brings back the connections of these WebSockets, as far as they are not there. PartyKit does not
   * list those that are about to close.
   */
  restoreAll(runtime: Runtime, webSockets: readonly PlatformSocket[]): number {
    return this.restore(
      runtime,
      webSockets.filter((one) => this.connectionOf(one) === undefined),
    );
  }

  /** Deletes what was spilled of connections that are gone, once after a wake. */
  cleanUp(webSockets: readonly PlatformSocket[]): void {
    if (this.#isClean) return;
    this.#isClean = true;
    this.keeper.clean(webSockets);
  }
}

/** A host for a room that stays awake. */
export class WakefulRoomHost implements RoomHost {
  readonly answersPongs = false;
  runtime: Runtime | undefined;
  readonly #timer = new DeadlineTimer(() => this.runtime?.handleTimeout());
  readonly #connections = new WeakMap<PlatformSocket, Connection>();

  now(): number {
    return Date.now();
  }

  randomBytes(target: Uint8Array): void {
    crypto.getRandomValues(target);
  }

  schedule(deadline: number | null): void {
    this.#timer.schedule(deadline);
  }

  owned(_webSocket: PlatformSocket): boolean {
    return false;
  }

  accept(webSocket: PlatformSocket): HostSocket {
    return new ObjectSocket(webSocket);
  }

  bind(socket: HostSocket, connection: Connection | undefined): void {
    if (connection !== undefined) {
      this.#connections.set((socket as ObjectSocket).webSocket, connection);
    }
  }

  connectionOf(webSocket: PlatformSocket): Connection | undefined {
    return this.#connections.get(webSocket);
  }
}
