/**
 * The host for `hibernate: false`: the object stays in memory as long as anybody is connected, as a Node server does.
 * Heartbeats are timers and pongs arrive as messages, so the alarm is the application's alone, unless something is due
 * when nobody is connected.
 */
import type { HostTransport } from "../../../glue/engine/host/host.ts";
import { CORE_DEADLINE } from "../../../glue/engine/runtime/runtime.ts";
import { SharedAlarm } from "../alarm/shared-alarm.ts";
import { DeadlineTimer } from "../platform/deadline-timer.ts";
import { Deadlines } from "../platform/deadlines.ts";
import { ObjectSocket, type PlatformSocket, reportError } from "../sockets/object-socket.ts";
import { BaseHost, type PlatformSettings } from "./base-host.ts";
import type { ServerHost } from "./server-host.ts";

export abstract class WakefulHost<Socket extends PlatformSocket>
  extends BaseHost<Socket>
  implements ServerHost<Socket>
{
  readonly answersPongs = false;
  readonly #timer = new DeadlineTimer(() => this.#deadlines.ring(this.now()));
  readonly #deadlines = new Deadlines((time) => this.#timer.schedule(time), reportError);
  protected override readonly alarm: SharedAlarm;

  constructor({ platform, storage, hasAlarm, tellsTime }: PlatformSettings) {
    super(storage);
    this.alarm = new SharedAlarm({
      storage: platform,
      own: storage,
      hasHandler: hasAlarm,
      tellsTime,
      report: (error) => reportError(error, "alarm"),
    });
  }

  schedule(name: string, deadline: number | null, ring: () => void): void {
    const deadlines = name === CORE_DEADLINE ? this.#deadlines : this.alarm.deadlines;
    deadlines.set(name, deadline, ring);
  }

  accept(webSocket: Socket, _id: string): HostTransport {
    return new ObjectSocket(webSocket);
  }

  owns(webSocket: Socket): boolean {
    return this.awakeConnectionOf(webSocket) !== undefined;
  }

  release(_webSocket: Socket, answer?: () => void): void {
    answer?.();
  }

  rest(): Promise<unknown> | undefined {
    return this.runtime.keeper.settled;
  }
}
