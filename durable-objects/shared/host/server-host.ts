/** What a server in an object needs of its host, whether that lets the object sleep or not. */
import type { Connection } from "../../../glue/engine/connections/connection.ts";
import type { Host, HostTransport } from "../../../glue/engine/host/host.ts";
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";
import type { AlarmDetails } from "../alarm/shared-alarm.ts";
import type { PlatformSocket } from "../sockets/object-socket.ts";
import type { FencedStorage } from "../storage/own-storage.ts";

export interface ServerHost<Socket extends PlatformSocket = PlatformSocket> extends Host {
  readonly storage: FencedStorage;
  /** To be called once, before anything else: the runtime that is served. */
  serve(runtime: Runtime): void;
  /** Takes a WebSocket. `id`: that of its connection. */
  accept(webSocket: Socket, id: string): HostTransport;
  /** Sets a WebSocket's connection; undefined if it was refused. */
  bind(socket: HostTransport, connection: Connection | undefined): void;
  /** The connection of a WebSocket; undefined for those that are not ours. */
  connectionOf(webSocket: Socket): Connection | undefined;
  /** Whether a WebSocket is the library's, even if its connection is over or could not be restored. */
  owns(webSocket: Socket): boolean;
  /** A WebSocket is closed; `answer` completes the handshake that its client began. */
  release(webSocket: Socket, answer?: () => void): void;
  /** The platform's alarm went off, and will be handled once the server has started. */
  noteAlarm(): void;
  /** The platform's alarm went off. `ringApplication` calls the application's handler, called if it is due. */
  handleAlarm(info: AlarmDetails | undefined, ringApplication: () => unknown): Promise<void>;
  /** The application has an alarm handler after all. To be called before the server starts. */
  handleApplicationAlarms(): void;
  /**
   * An event is over. Resolves when nothing is under way that a sleep would interrupt: the platform keeps the object
   * awake until then. Undefined if nothing is.
   */
  rest(): Promise<unknown> | undefined;
}
