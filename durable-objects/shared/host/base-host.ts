/** What the hosts of servers in objects have in common, whether they let the object sleep or not. */
import type { Connection } from "../../../glue/engine/connections/connection.ts";
import type { HostTransport } from "../../../glue/engine/host/host.ts";
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";
import type { AlarmStorage } from "../alarm/application-alarms.ts";
import type { AlarmDetails, SharedAlarm } from "../alarm/shared-alarm.ts";
import { HostBasics } from "../platform/host-basics.ts";
import type { ObjectSocket, PlatformSocket } from "../sockets/object-socket.ts";
import type { FencedStorage } from "../storage/own-storage.ts";

/** What a host is made of. */
export interface PlatformSettings {
  /** The application's storage. */
  platform: AlarmStorage;
  /** Our part of it. */
  storage: FencedStorage;
  /** Whether the application has an alarm handler. */
  hasAlarm: boolean;
  /** Whether the platform tells for when an alarm was set that goes off. */
  tellsTime: boolean;
}

/** Whose WebSockets are whose, and the object's alarm. The members are those of `ServerHost`. */
export abstract class BaseHost<Socket extends PlatformSocket> extends HostBasics {
  readonly storage: FencedStorage;
  /** The object's alarm. */
  protected abstract readonly alarm: SharedAlarm;
  readonly #connections = new WeakMap<PlatformSocket, Connection>();
  #runtime!: Runtime;

  constructor(storage: FencedStorage) {
    super();
    this.storage = storage;
  }

  protected get runtime(): Runtime {
    return this.#runtime;
  }

  serve(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  get rowsWritten(): number {
    return this.storage.rowsWritten;
  }

  // --- WebSockets ------------------------------------------------------------------------------------

  bind(socket: HostTransport, connection: Connection | undefined): void {
    if (connection === undefined) return;
    this.#connections.set((socket as ObjectSocket).webSocket, connection);
  }

  connectionOf(webSocket: Socket): Connection | undefined {
    return this.#connections.get(webSocket) ?? this.wake(webSocket);
  }

  /** The connection of a WebSocket, if it is awake. */
  protected awakeConnectionOf(webSocket: PlatformSocket): Connection | undefined {
    return this.#connections.get(webSocket);
  }

  /** Brings one back that sleeps; undefined for one that does not. Where they do one by one. */
  protected wake(_webSocket: Socket): Connection | undefined {
    return undefined;
  }

  // --- the alarm -------------------------------------------------------------------------------------

  handleAlarm(info: AlarmDetails | undefined, ringApplication: () => unknown): Promise<void> {
    const { statistics } = this.#runtime;
    const ring = (): unknown => {
      statistics.noteTimer();
      return ringApplication();
    };
    return statistics.noteAlarm(() => this.alarm.handleAlarm(info, ring));
  }

  noteAlarm(): void {
    this.alarm.noteGoingOff();
  }

  handleApplicationAlarms(): void {
    this.alarm.handleApplicationAlarms();
  }
}
