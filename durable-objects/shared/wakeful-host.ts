/**
 * Staying awake (`hibernate: false`): the object is in memory as long as anybody is connected, as a Node
 * server is. Deadlines are timers, pongs come in as messages, and the alarm is the application's alone.
 */
import type { Connection } from "../../glue/engine/connection.ts";
import type { HostTransport } from "../../glue/engine/host.ts";
import type { Runtime } from "../../glue/engine/runtime.ts";
import type { AlarmInfo } from "./alarm.ts";
import { DeadlineTimer } from "./deadline-timer.ts";
import { Deadlines } from "./deadlines.ts";
import { ObjectSocket, type PlatformSocket, reportError } from "./object-socket.ts";
import type { FencedStorage } from "./own-storage.ts";
import { Platform } from "./platform.ts";
import type { ServerHost } from "./server-host.ts";

export abstract class WakefulHost<Socket extends PlatformSocket>
  extends Platform
  implements ServerHost<Socket>
{
  readonly answersPongs = false;
  readonly storage: FencedStorage;
  readonly #timer = new DeadlineTimer(() => this.#deadlines.ring(this.now()));
  readonly #deadlines = new Deadlines((time) => this.#timer.schedule(time), reportError);
  readonly #connections = new WeakMap<Socket, Connection>();
  #runtime!: Runtime;

  /** `storage`: our part of the application's. */
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

  schedule(name: string, deadline: number | null, ring: () => void): void {
    this.#deadlines.set(name, deadline, ring);
  }

  accept(webSocket: Socket): HostTransport {
    return new ObjectSocket(webSocket);
  }

  bind(socket: HostTransport, connection: Connection | undefined): void {
    if (connection === undefined) return;
    this.#connections.set((socket as ObjectSocket<Socket>).webSocket, connection);
  }

  connectionOf(webSocket: Socket): Connection | undefined {
    return this.#connections.get(webSocket);
  }

  owns(webSocket: Socket): boolean {
    return this.#connections.has(webSocket);
  }

  release(_webSocket: Socket, answer?: () => void): void {
    answer?.();
  }

  async handleAlarm(_info: AlarmInfo | undefined, theirs: () => unknown): Promise<void> {
    await theirs();
  }

  rest(): undefined {
    return undefined;
  }
}
