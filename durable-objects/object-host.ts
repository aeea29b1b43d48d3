/** The platform under a server in a Durable Object: its WebSockets, its alarm, its attachments. */
import type { Connection } from "../glue/connection.ts";
import type { ConnectionSnapshot, Frame, Host, HostSocket } from "../glue/host.ts";
import type { Runtime } from "../glue/runtime.ts";
import { AlarmClock } from "./alarm.ts";
import { loadAttachment, saveAttachment } from "./attachment.ts";
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

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
  }

  send(frame: Frame): void {
    try {
      this.webSocket.send(frame);
    } catch {
      // Closing already: the frame has no one to go to.
    }
  }

  close(code: number, reason: string): void {
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
  readonly #ctx: DurableObjectState;
  readonly #alarm: AlarmClock;
  readonly #connections = new WeakMap<WebSocket, Connection>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#alarm = new AlarmClock(ctx.storage, (error) => this.report(error, "alarm"));
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
    const error = saveAttachment((socket as ObjectSocket).webSocket, snapshot);
    if (error !== undefined) this.report(error, "the snapshot of a connection cannot be kept");
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
    return new ObjectSocket(webSocket);
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

  /** Brings back every connection that was there before a sleep. */
  restoreAll(runtime: Runtime): void {
    for (const webSocket of this.#ctx.getWebSockets(TAG)) {
      const socket = new ObjectSocket(webSocket);
      const snapshot = runtime.application.replaysListeners ? loadAttachment(webSocket) : undefined;
      if (snapshot === undefined) socket.close(SERVICE_RESTART, "the object has restarted");
      else this.bind(socket, runtime.restore(socket, snapshot));
    }
  }

  /** An alarm went off. */
  handleAlarm(runtime: Runtime): void {
    this.#alarm.handleAlarm();
    runtime.handleTimeout();
    this.#alarm.rearm();
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
