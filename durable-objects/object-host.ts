/** The platform under a server in a Durable Object: its WebSockets, its alarm, its attachments. */
import type { Connection } from "../glue/connection.ts";
import type { ConnectionSnapshot, Frame, Host, HostSocket } from "../glue/host.ts";
import { type DebugLog, makeDebugLog } from "../glue/log.ts";
import type { Runtime } from "../glue/runtime.ts";
import { AlarmClock } from "./alarm.ts";
import { SnapshotKeeper } from "./attachment.ts";
import { Spill } from "./spill.ts";
import { DeadlineTimer } from "./timer.ts";

/** Marks our WebSockets among those that an object holds. */
const TAG = "dormouse";
const PONG = "3";
const NOOP = "6";
const SERVICE_RESTART = 1012;
/** Codes below say why there is no code; they must not be sent. */
const NO_STATUS = 1005;
const ABNORMAL = 1006;

class ObjectSocket implements HostSocket {
  readonly webSocket: WebSocket;
  readonly #keeper: SnapshotKeeper | undefined;

  /** `keeper` keeps its snapshots, if anybody does. */
  constructor(webSocket: WebSocket, keeper?: SnapshotKeeper) {
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

/** A host that lets the object sleep: hibernatable WebSockets, alarms, automatic pongs. */
export class ObjectHost implements Host {
  readonly answersPongs = true;
  readonly sleeps = true;
  readonly debug: DebugLog | undefined;
  readonly #ctx: DurableObjectState;
  readonly #alarm: AlarmClock;
  readonly #connections = new WeakMap<WebSocket, Connection>();

  readonly #keeper: SnapshotKeeper;

  /** `hasAlarm`: the application has alarms of its own. `debug`: the value of `DEBUG`. */
  constructor(ctx: DurableObjectState, hasAlarm: boolean, debug: unknown) {
    this.#ctx = ctx;
    this.debug = makeDebugLog(debug);
    const { storage } = ctx;
    this.#alarm = new AlarmClock(storage, hasAlarm, (error) => this.report(error, "alarm"));
    const report = (error: unknown): void => this.report(error, "spilled snapshots");
    this.#keeper = new SnapshotKeeper(new Spill(storage, report));
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PONG, NOOP));
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
      this.#keeper.save((socket as ObjectSocket).webSocket, snapshot);
    } catch (error) {
      if ((error as Error).name === "DataCloneError") throw error;
      this.report(
        error,
        "the snapshot of a connection cannot be kept; it ends with the next sleep",
      );
    }
  }

  load(socket: HostSocket): ConnectionSnapshot | undefined {
    const loaded = this.#keeper.load((socket as ObjectSocket).webSocket);
    return loaded.kind === "snapshot" ? loaded.snapshot : undefined;
  }

  lastPong(socket: HostSocket): number | null {
    const { webSocket } = socket as ObjectSocket;
    return this.#ctx.getWebSocketAutoResponseTimestamp(webSocket)?.getTime() ?? null;
  }

  report(error: unknown, where: string): void {
    console.error(`dormouse: ${where}:`, error);
  }

  /** Takes a WebSocket so that it outlives a sleep. */
  accept(webSocket: WebSocket): HostSocket {
    this.#ctx.acceptWebSocket(webSocket, [TAG]);
    return new ObjectSocket(webSocket, this.#keeper);
  }

  /** Notes whose WebSocket it is. */
  bind(socket: HostSocket, connection: Connection | undefined): void {
    if (connection !== undefined) {
      this.#connections.set((socket as ObjectSocket).webSocket, connection);
    }
  }

  /** The connection of a WebSocket; undefined for those that are not ours. */
  connectionOf(webSocket: WebSocket): Connection | undefined {
    return this.#connections.get(webSocket);
  }

  /** A WebSocket is closed; `answer` completes the handshake that its client began. */
  release(webSocket: WebSocket, answer?: () => void): void {
    this.#keeper.forget(webSocket);
    answer?.();
  }

  /** Whether a WebSocket is ours. */
  owns(webSocket: WebSocket): boolean {
    return this.#ctx.getTags(webSocket).includes(TAG);
  }

  /** Brings back every connection that was there before a sleep. Returns how many. */
  restoreAll(runtime: Runtime): number {
    const start = performance.now();
    const webSockets = this.#ctx.getWebSockets(TAG);
    let count = 0;
    let bytes = 0;
    for (const webSocket of webSockets) {
      const loaded = this.#keeper.load(webSocket);
      if (loaded.kind === "closed") continue;
      const socket = new ObjectSocket(webSocket, this.#keeper);
      if (loaded.kind === "lost") {
        this.report(loaded.problem, "a connection cannot be restored and is closed");
        socket.close(SERVICE_RESTART, "the connection could not be restored");
        continue;
      }
      const connection = runtime.restore(socket, loaded.snapshot);
      this.bind(socket, connection);
      if (connection === undefined) continue;
      count += 1;
      bytes += loaded.snapshot.core.length;
    }
    this.#keeper.clean(webSockets);
    const time = (performance.now() - start).toFixed(1);
    this.debug?.("host", `wake: ${count} connections, ${bytes} bytes of the core's, ${time} ms`);
    return count;
  }

  /**
   * An event is over. Resolves when replays that it began are, for a sleep would undo them; the platform
   * keeps the object awake until then.
   */
  rest(runtime: Runtime): Promise<unknown> | undefined {
    const { settled } = runtime.replays;
    if (this.debug !== undefined && settled === undefined && !runtime.ackKeeper?.isWaiting) {
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
    const { webSocket } = socket as ObjectSocket;
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
export function answerClose(webSocket: WebSocket, code: number, reason: string): void {
  try {
    if (code === NO_STATUS || code === ABNORMAL) webSocket.close();
    else webSocket.close(code, reason);
  } catch {
    // The platform has answered already.
  }
}
