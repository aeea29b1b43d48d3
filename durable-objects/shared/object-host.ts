/** The platform under a server in a Durable Object: its WebSockets, its alarm, its attachments. */

import { type DebugLog, makeDebugLog } from "../../glue/common/log.ts";
import type { Connection } from "../../glue/engine/connection.ts";
import type { ConnectionSnapshot, Frame, Host, HostSocket } from "../../glue/engine/host.ts";
import type { Runtime } from "../../glue/engine/runtime.ts";
import { AlarmClock, type AlarmStorage } from "./alarm.ts";
import { type AttachmentHolder, SnapshotKeeper, type SnapshotSpill } from "./attachment.ts";
import { Spill } from "./spill.ts";
import { DeadlineTimer } from "./timer.ts";

/** Marks our WebSockets among those that an object holds. */
export const TAG = "dormouse";
const PONG = "3";
const NOOP = "6";
const SERVICE_RESTART = 1012;
/** Codes below say why there is no code; they must not be sent. */
const NO_STATUS = 1005;
const ABNORMAL = 1006;

/** As much of a WebSocket as is needed once it is accepted. */
export interface PlatformSocket extends AttachmentHolder {
  send(frame: Frame): void;
  close(code?: number, reason?: string): void;
}

/** A WebSocket of the Workers runtime. */
export class ObjectSocket<Socket extends PlatformSocket = PlatformSocket> implements HostSocket {
  readonly webSocket: Socket;
  readonly #keeper: SnapshotKeeper | undefined;

  /** `keeper` keeps its snapshots, if anybody does. */
  constructor(webSocket: Socket, keeper?: SnapshotKeeper) {
    this.webSocket = webSocket;
    this.#keeper = keeper;
  }

  send(frame: Frame): void {
    try {
      this.webSocket.send(frame);
    } catch {
      // Closing already: the frame has no one to go to.
    }
  }

  close(code: number, reason: string): void {
    // The platform lists it until the client has answered, which may be after a sleep.
    this.#keeper?.forget(this.webSocket);
    try {
      this.webSocket.close(code, reason);
    } catch {
      // Closed already.
    }
  }
}

/** What hosts have in common that let the object sleep: an alarm, and snapshots in attachments. */
export abstract class SleepingHost implements Host {
  abstract readonly answersPongs: boolean;
  readonly sleeps = true;
  readonly debug: DebugLog | undefined;
  protected readonly keeper: SnapshotKeeper;
  readonly #alarm: AlarmClock;
  readonly #connections = new WeakMap<PlatformSocket, Connection>();

  /** `hasAlarm`: the application has alarms of its own. `debug`: the value of `DEBUG`. */
  constructor(storage: AlarmStorage, hasAlarm: boolean, spill: SnapshotSpill, debug: unknown) {
    this.debug = makeDebugLog(debug);
    this.#alarm = new AlarmClock(storage, hasAlarm, (error) => this.report(error, "alarm"));
    this.keeper = new SnapshotKeeper(spill);
  }

  now(): number {
    return Date.now();
  }

  randomBytes(target: Uint8Array): void {
    crypto.getRandomValues(target);
  }

  schedule(deadline: number | null): void {
    this.#alarm.schedule(deadline);
  }

  save(socket: HostSocket, snapshot: ConnectionSnapshot): void {
    try {
      this.keeper.save((socket as ObjectSocket).webSocket, snapshot);
    } catch (error) {
      if ((error as Error).name === "DataCloneError") throw error;
      this.report(
        error,
        "the snapshot of a connection cannot be kept; it ends with the next sleep",
      );
    }
  }

  load(socket: HostSocket): ConnectionSnapshot | undefined {
    const loaded = this.keeper.load((socket as ObjectSocket).webSocket);
    return loaded.kind === "snapshot" ? loaded.snapshot : undefined;
  }

  report(error: unknown, where: string): void {
    reportError(error, where);
  }

  /** Notes whose WebSocket it is. */
  bind(socket: HostSocket, connection: Connection | undefined): void {
    if (connection !== undefined) {
      this.#connections.set((socket as ObjectSocket).webSocket, connection);
    }
  }

  /** The connection of a WebSocket; undefined for those that are not ours. */
  connectionOf(webSocket: PlatformSocket): Connection | undefined {
    return this.#connections.get(webSocket);
  }

  /** A WebSocket is closed; `answer` completes the handshake that its client began. */
  release(webSocket: PlatformSocket, answer?: () => void): void {
    this.keeper.forget(webSocket);
    answer?.();
  }

  /**
   * An event is over. Resolves when replays that it began are, for a sleep would undo them; the platform
   * keeps the object awake until then.
   */
  rest(runtime: Runtime): Promise<unknown> | undefined {
    const { settled, isWaiting } = runtime.keeper;
    if (this.debug !== undefined && settled === undefined && !isWaiting) {
      this.debug(
        "host",
        `nothing to wait for: may sleep, with ${runtime.connectionCount} connections`,
      );
    }
    return settled;
  }

  /** An alarm went off. `theirs` is the application's. */
  handleAlarm(runtime: Runtime, theirs: () => unknown): Promise<void> {
    return this.#alarm.handleAlarm(this.now(), () => runtime.handleTimeout(), theirs);
  }

  /** Brings back the connections of WebSockets that were there before a sleep. Returns how many. */
  protected restore(runtime: Runtime, webSockets: readonly PlatformSocket[]): number {
    const start = this.now();
    let count = 0;
    let bytes = 0;
    for (const webSocket of webSockets) {
      const size = this.restoreOne(runtime, webSocket);
      if (size === undefined) continue;
      count += 1;
      bytes += size;
    }
    const time = this.now() - start;
    this.debug?.("host", `wake: ${count} connections, ${bytes} bytes of the core's, ${time} ms`);
    return count;
  }

  /** The same for one. Returns the bytes of its snapshot's core half; undefined if it is not back. */
  protected restoreOne(runtime: Runtime, webSocket: PlatformSocket): number | undefined {
    const loaded = this.keeper.load(webSocket);
    if (loaded.kind === "closed") return undefined;
    const socket = new ObjectSocket(webSocket, this.keeper);
    if (loaded.kind === "lost") {
      this.report(loaded.problem, "a connection cannot be restored and is closed");
      socket.close(SERVICE_RESTART, "the connection could not be restored");
      return undefined;
    }
    const connection = runtime.restore(socket, loaded.snapshot);
    this.bind(socket, connection);
    return connection && loaded.snapshot.core.length;
  }
}

/** The host in a Durable Object: hibernatable WebSockets with a tag, automatic pongs. */
export class ObjectHost extends SleepingHost {
  override readonly answersPongs = true;
  readonly #ctx: DurableObjectState;

  /** `hasAlarm`: the application has alarms of its own. `debug`: the value of `DEBUG`. */
  constructor(ctx: DurableObjectState, hasAlarm: boolean, debug: unknown) {
    const { storage } = ctx;
    const report = (error: unknown): void => reportError(error, "spilled snapshots");
    super(storage, hasAlarm, new Spill(storage, report), debug);
    this.#ctx = ctx;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PONG, NOOP));
  }

  lastPong(socket: HostSocket): number | null {
    const { webSocket } = socket as ObjectSocket<WebSocket>;
    return this.#ctx.getWebSocketAutoResponseTimestamp(webSocket)?.getTime() ?? null;
  }

  /** Takes a WebSocket so that it outlives a sleep. */
  accept(webSocket: WebSocket): HostSocket {
    this.#ctx.acceptWebSocket(webSocket, [TAG]);
    return new ObjectSocket(webSocket, this.keeper);
  }

  /** Whether a WebSocket is ours. */
  owns(webSocket: WebSocket): boolean {
    return this.#ctx.getTags(webSocket).includes(TAG);
  }

  /** Brings back every connection that was there before a sleep. Returns how many. */
  restoreAll(runtime: Runtime): number {
    const webSockets = this.#ctx.getWebSockets(TAG);
    const count = this.restore(runtime, webSockets);
    this.keeper.clean(webSockets);
    return count;
  }
}

/** A host for an object that stays awake: `accept()`, timers, pongs as messages. */
export class WakefulHost implements Host {
  readonly answersPongs = false;
  runtime: Runtime | undefined;
  readonly #timer = new DeadlineTimer(() => this.runtime?.handleTimeout());

  now(): number {
    return Date.now();
  }

  randomBytes(target: Uint8Array): void {
    crypto.getRandomValues(target);
  }

  schedule(deadline: number | null): void {
    this.#timer.schedule(deadline);
  }

  accept(webSocket: WebSocket): HostSocket {
    webSocket.accept();
    return new ObjectSocket(webSocket);
  }

  bind(socket: HostSocket, connection: Connection | undefined): void {
    const { runtime } = this;
    if (runtime === undefined || connection === undefined) return;
    const { webSocket } = socket as ObjectSocket<WebSocket>;
    // Newer compatibility dates hand binary messages over as Blobs.
    (webSocket as { binaryType?: string }).binaryType = "arraybuffer";
    webSocket.addEventListener("message", (event) => {
      runtime.handleMessage(connection, event.data as string | ArrayBuffer);
    });
    webSocket.addEventListener("close", (event) => {
      runtime.handleClose(connection, event.code, event.reason);
      answerClose(webSocket, event.code, event.reason);
    });
    webSocket.addEventListener("error", (event) => runtime.handleError(connection, event.error));
  }
}

/** Completes the closing handshake that a client began. */
export function answerClose(webSocket: PlatformSocket, code: number, reason: string): void {
  try {
    if (code === NO_STATUS || code === ABNORMAL) webSocket.close();
    else webSocket.close(code, reason);
  } catch {
    // The platform has answered already.
  }
}

/** Where errors go that nobody can be told of. */
export function reportError(error: unknown, where: string): void {
  console.error(`dormouse: ${where}:`, error);
}
