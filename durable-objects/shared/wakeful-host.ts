/**
 * Staying awake (`hibernate: false`): the object is in memory as long as anybody is connected, as a Node
 * server is. Heartbeats are timers and pongs come in as messages, so that the alarm is the application's
 * alone, unless there is something to do when nobody is connected.
 */
import type { Connection } from "../../glue/engine/connection.ts";
import type { HostTransport } from "../../glue/engine/host.ts";
import { CORE_DEADLINE, type Runtime } from "../../glue/engine/runtime.ts";
import { AlarmClock, type AlarmInfo } from "./alarm.ts";
import { DeadlineTimer } from "./deadline-timer.ts";
import { Deadlines } from "./deadlines.ts";
import { ObjectSocket, type PlatformSocket, reportError } from "./object-socket.ts";
import type { FencedStorage } from "./own-storage.ts";
import { Platform } from "./platform.ts";
import type { ServerHost } from "./server-host.ts";
import type { SleepingSettings } from "./sleeping-host.ts";

export type WakefulSettings = Omit<SleepingSettings, "debug">;

export abstract class WakefulHost<Socket extends PlatformSocket>
  extends Platform
  implements ServerHost<Socket>
{
  readonly answersPongs = false;
  readonly storage: FencedStorage;
  readonly #timer = new DeadlineTimer(() => this.#deadlines.ring(this.now()));
  readonly #deadlines = new Deadlines((time) => this.#timer.schedule(time), reportError);
  readonly #alarm: AlarmClock;
  readonly #connections = new WeakMap<Socket, Connection>();
  #runtime!: Runtime;

  constructor({ platform, storage, hasAlarm, tellsTime }: WakefulSettings) {
    super();
    this.storage = storage;
    this.#alarm = new AlarmClock({
      storage: platform,
      own: storage,
      hasHandler: hasAlarm,
      tellsTime,
      report: (error) => reportError(error, "alarm"),
    });
  }

  protected get runtime(): Runtime {
    return this.#runtime;
  }

  serve(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  schedule(name: string, deadline: number | null, ring: () => void): void {
    const deadlines = name === CORE_DEADLINE ? this.#deadlines : this.#alarm.deadlines;
    deadlines.set(name, deadline, ring);
  }

  get rowsWritten(): number {
    return this.storage.rowsWritten;
  }

  accept(webSocket: Socket, _id: string): HostTransport {
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

  handleAlarm(info: AlarmInfo | undefined, ringApplication: () => unknown): Promise<void> {
    const { tally } = this.#runtime;
    const ring = (): unknown => {
      tally.noteTimer();
      return ringApplication();
    };
    return tally.noteAlarm(() => this.#alarm.handleAlarm(info, ring));
  }

  noteAlarm(): void {
    this.#alarm.noteGoingOff();
  }

  handleApplicationAlarms(): void {
    this.#alarm.handleApplicationAlarms();
  }

  rest(): Promise<unknown> | undefined {
    return this.#runtime.keeper.settled;
  }
}
