/**
 * Letting the object sleep: deadlines are the platform's alarm, and what is known of a connection is
 * kept with its WebSocket after every event.
 */
import type { DebugLog } from "../../../glue/common/log.ts";
import { SERVICE_RESTART } from "../../../glue/engine/host/close-codes.ts";
import type { ConnectionSnapshot, HostTransport } from "../../../glue/engine/host/host.ts";
import { CORE_DEADLINE, type Runtime } from "../../../glue/engine/runtime/runtime.ts";
import { isCloneError } from "../../../glue/sleep/values/cloneable.ts";
import { type AlarmDetails, SharedAlarm } from "../alarm/shared-alarm.ts";
import { diagnosticsPart } from "../diagnostics/diagnostics-part.ts";
import { SnapshotKeeper } from "../snapshots/attachment.ts";
import { CostlySnapshots } from "../snapshots/costly-snapshots.ts";
import { Spill } from "../snapshots/spilled-parts.ts";
import { ObjectSocket, type PlatformSocket, reportError } from "../sockets/object-socket.ts";
import { BaseHost, type PlatformSettings } from "./base-host.ts";
import type { ServerHost } from "./server-host.ts";

/** In bytes. With a larger core's part (some 200 rooms) a snapshot costs more than handling a message. */
const COSTLY_LENGTH = 2_048;

/** How many WebSockets are tried for a place for the statistics: most have room. */
const CARRIERS = 4;

export interface SleepingSettings extends PlatformSettings {
  /** The value of `DEBUG`. */
  debug: unknown;
}

export abstract class SleepingHost<Socket extends PlatformSocket>
  extends BaseHost<Socket>
  implements ServerHost<Socket>
{
  abstract readonly answersPongs: boolean;
  readonly sleeps = true;
  readonly debug: DebugLog | undefined;
  protected readonly keeper: SnapshotKeeper;
  protected override readonly alarm: SharedAlarm;
  readonly #late = new CostlySnapshots<PlatformSocket>(
    () => this.now(),
    (webSocket) => {
      const connection = this.awakeConnectionOf(webSocket);
      if (connection !== undefined) this.runtime.keeper.keepAgain(connection);
    },
  );
  readonly #forget = (webSocket: Socket): void => {
    this.#late.drop(webSocket);
    if (this.keeper.forget(webSocket)) this.runtime.statistics.keepSoon();
  };
  /** WebSockets of which it was reported that their snapshots cannot be kept. */
  readonly #unkept = new WeakSet<PlatformSocket>();
  /** Functions to call once the answer has been sent. */
  #afterAnswer: (() => void)[] | undefined;

  constructor({ platform, storage, hasAlarm, tellsTime, debug }: SleepingSettings) {
    super(storage);
    this.debug = diagnosticsPart?.makeDebugLog(debug);
    if (this.debug !== undefined) diagnosticsPart?.watchPendingWork();
    this.alarm = new SharedAlarm({
      storage: platform,
      own: storage,
      hasHandler: hasAlarm,
      tellsTime,
      report: (error) => this.report(error, "alarm"),
      beforeChange: () => this.runtime.wakeAll(),
      afterAnswer: (run) => this.afterAnswer(run),
      fleeting: CORE_DEADLINE,
      onSettled: this.debug && (() => void this.rest()),
    });
    this.keeper = new SnapshotKeeper(
      new Spill(storage, (error) => this.report(error, "spilled snapshots")),
    );
    storage.onFailure?.((key, error) => {
      const webSocket = this.keeper.fail(key) as PlatformSocket | undefined;
      if (webSocket !== undefined) this.#noteUnkept(webSocket, error);
      return webSocket !== undefined;
    });
    storage.onLoss(
      () => this.#saveAgain(),
      () => this.runtime.wakeAll(),
    );
  }

  abstract owns(webSocket: Socket): boolean;

  override serve(runtime: Runtime): void {
    super.serve(runtime);
    this.storage.onRow = () => {
      runtime.statistics.keepSoon();
      this.alarm.noteWrite();
    };
  }

  schedule(name: string, deadline: number | null, ring: () => void): void {
    this.alarm.deadlines.set(name, deadline, ring);
  }

  report(error: unknown, where: string): void {
    reportError(error, where);
  }

  afterAnswer(run: () => void): void {
    if (this.#afterAnswer !== undefined) {
      this.#afterAnswer.push(run);
      return;
    }
    const all = [run];
    this.#afterAnswer = all;
    // Frames leave when the event is over, its microtasks included.
    setTimeout(() => {
      this.#afterAnswer = undefined;
      for (const one of all) {
        try {
          one();
        } catch (error) {
          this.report(error, "after an answer");
        }
      }
    }, 0);
  }

  // --- what is kept ----------------------------------------------------------------------------------

  putsOff(socket: HostTransport): boolean {
    return this.#late.putOff((socket as ObjectSocket).webSocket);
  }

  save(socket: HostTransport, snapshot: ConnectionSnapshot): void {
    const { webSocket } = socket as ObjectSocket;
    try {
      const wasCostly = this.keeper.save(webSocket, snapshot);
      if (wasCostly || snapshot.core.length > COSTLY_LENGTH) this.#late.noteCostly(webSocket);
      else this.#late.noteCheap(webSocket);
      // Where the storage fails later, what was written may not be kept.
      if (!(wasCostly && this.storage.isLate)) this.#unkept.delete(webSocket);
    } catch (error) {
      if (isCloneError(error)) throw error;
      this.#noteUnkept(webSocket, error);
    }
  }

  /** It is tried again with each event, but reported once. */
  #noteUnkept(webSocket: PlatformSocket, error: unknown): void {
    this.#late.noteCostly(webSocket);
    if (this.#unkept.has(webSocket)) return;
    this.#unkept.add(webSocket);
    this.report(error, "the snapshot of a connection cannot be kept; it ends with the next sleep");
  }

  saveCounts(counts: readonly number[], saveOthers?: () => void): boolean {
    if (saveOthers !== undefined) return this.keeper.saveCountsAlong(counts, saveOthers);
    if (this.keeper.saveCounts(counts)) return true;
    const connections = this.runtime._table.awake();
    // The newest connections are the least likely to close next.
    for (const connection of connections.slice(-CARRIERS).reverse()) {
      const { webSocket } = connection._transport as ObjectSocket;
      if (this.keeper.saveCounts(counts, webSocket)) return true;
    }
    const asleep = this.asleep().slice(-CARRIERS);
    return asleep.some((one) => this.#saveWith(one)) || connections.length + asleep.length > 0;
  }

  /** Keeps the statistics in the attachment of a connection that is still asleep. */
  #saveWith(webSocket: Socket): boolean {
    const { statistics } = this.runtime;
    this.keeper.lookForCounts(webSocket);
    statistics.comeBack(this.keeper.takeCounts());
    return this.keeper.saveCounts(statistics.take(), webSocket);
  }

  load(socket: HostTransport): ConnectionSnapshot | undefined {
    const { webSocket } = socket as ObjectSocket;
    // A newer snapshot was put off.
    if (this.#late.isLate(webSocket)) return undefined;
    const loaded = this.keeper.load(webSocket);
    if (loaded.kind !== "snapshot" || loaded.snapshot.isUnfinished) return undefined;
    return loaded.snapshot;
  }

  /** What had spilled may be lost. */
  #saveAgain(): void {
    for (const webSocket of this.keeper.lose()) {
      this.#late.drop(webSocket as PlatformSocket);
      const connection = this.awakeConnectionOf(webSocket as PlatformSocket);
      if (connection !== undefined) this.runtime.keeper.noteChange(connection);
    }
    this.runtime.endTurnSoon();
  }

  // --- WebSockets ------------------------------------------------------------------------------------

  accept(webSocket: Socket, _id: string): HostTransport {
    // The platform lists a WebSocket until the client has answered the close, which may be after a sleep.
    return new ObjectSocket(webSocket, this.#forget);
  }

  /** The WebSockets whose connections still sleep, on hosts that bring them back one by one. */
  protected asleep(): readonly Socket[] {
    return [];
  }

  release(webSocket: Socket, answer?: () => void): void {
    this.#forget(webSocket);
    answer?.();
  }

  /** Brings back the connections of WebSockets that were there before a sleep. Returns how many. */
  restore(webSockets: readonly Socket[]): number {
    const start = this.now();
    const sizes = webSockets
      .map((one) => this.#restoreOne(one))
      .filter((size) => size !== undefined);
    const count = sizes.length;
    const tallies = this.keeper.takeCounts();
    if (count > 0) this.runtime.statistics.comeBack(tallies);
    if (typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS) {
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      const time = this.now() - start;
      this.debug?.("host", `wake: ${count} connections, ${bytes} bytes of the core's, ${time} ms`);
    }
    return count;
  }

  /** Returns the bytes of its snapshot's core half; undefined if it is not back. */
  #restoreOne(webSocket: Socket): number | undefined {
    const loaded = this.keeper.load(webSocket);
    if (loaded.kind === "closed") return undefined;
    const socket = new ObjectSocket(webSocket, this.#forget);
    if (loaded.kind === "lost") {
      this.report(loaded.problem, "a connection cannot be restored and is closed");
      socket.close(SERVICE_RESTART, "the connection could not be restored");
      return undefined;
    }
    this.alarm.noteWake();
    const connection = this.runtime.restore(socket, loaded.snapshot);
    this.bind(socket, connection);
    return connection && loaded.snapshot.core.length;
  }

  // --- events ----------------------------------------------------------------------------------------

  override handleAlarm(
    info: AlarmDetails | undefined,
    ringApplication: () => unknown,
  ): Promise<void> {
    // Only the connections know for which deadline the alarm was set.
    this.runtime.wakeAll();
    return super.handleAlarm(info, ringApplication);
  }

  rest(): Promise<unknown> | undefined {
    const runtime = this.runtime;
    const { settled } = runtime.keeper;
    if (typeof DORMOUSE_DIAGNOSTICS !== "undefined" && !DORMOUSE_DIAGNOSTICS) return settled;
    if (this.debug === undefined || settled !== undefined) return settled;
    if (!(runtime.keeper.isWaiting || this.alarm.isWaiting || this.#late.isWaiting)) {
      const timers = diagnosticsPart?.pendingWork() ?? [];
      this.debug(
        "host",
        timers.length > 0
          ? `stays awake while this goes on in its isolate: ${timers.join("; ")}`
          : `nothing to wait for: may sleep, with ${runtime._table.awakeCount} connections`,
      );
    }
    return settled;
  }
}
