/** The platform under a server in a Durable Object: one host that sleeps, and one that stays awake. */
import type { HostTransport } from "../../glue/engine/host.ts";
import type { ResolvedOptions } from "../../glue/socket.io/options.ts";
import type { AlarmInfo } from "./alarm.ts";
import { AutoResponse } from "./auto-response.ts";
import { answerClose, type ObjectSocket, reportError } from "./object-socket.ts";
import { type FencedStorage, ownStorage } from "./own-storage.ts";
import type { ServerHost } from "./server-host.ts";
import { SleepingHost } from "./sleeping-host.ts";
import { WakefulHost } from "./wakeful-host.ts";

/** Marks our WebSockets among those that an object holds. */
export const TAG = "dormouse";

export interface ObjectHost extends ServerHost<WebSocket> {
  /** Brings back every connection that was there before a sleep. Returns how many. */
  restoreAll(): number;
  /** A WebSocket of the application's is about to be gone. */
  handleOtherClose(webSocket: WebSocket): void;
}

/** `hasAlarm`: the application has an alarm handler. `debug`: the value of `DEBUG`. */
export function makeObjectHost(
  ctx: DurableObjectState,
  options: ResolvedOptions,
  hasAlarm: boolean,
  debug: unknown,
): ObjectHost {
  const storage = ownStorage(ctx.storage, (error) => reportError(error, "storage"));
  return options.hibernate
    ? new SleepingObjectHost(ctx, storage, hasAlarm, debug)
    : new WakefulObjectHost({ platform: ctx.storage, storage, hasAlarm, tellsTime: true });
}

/** Hibernatable WebSockets with a tag, automatic pongs. */
class SleepingObjectHost extends SleepingHost<WebSocket> implements ObjectHost {
  override readonly answersPongs = true;
  readonly #ctx: DurableObjectState;
  readonly #acceptWebSocket: DurableObjectState["acceptWebSocket"];
  readonly #autoResponse: AutoResponse;

  constructor(ctx: DurableObjectState, storage: FencedStorage, hasAlarm: boolean, debug: unknown) {
    super({ platform: ctx.storage, storage, hasAlarm, tellsTime: true, debug });
    this.#ctx = ctx;
    this.#acceptWebSocket = ctx.acceptWebSocket.bind(ctx);
    this.#autoResponse = new AutoResponse(ctx, TAG);
  }

  lastPong(socket: HostTransport): number | null {
    const { webSocket } = socket as ObjectSocket<WebSocket>;
    return this.#ctx.getWebSocketAutoResponseTimestamp(webSocket)?.getTime() ?? null;
  }

  override accept(webSocket: WebSocket): HostTransport {
    this.#acceptWebSocket(webSocket, [TAG]);
    return super.accept(webSocket);
  }

  override owns(webSocket: WebSocket): boolean {
    return this.#ctx.getTags(webSocket).includes(TAG);
  }

  restoreAll(): number {
    const webSockets = this.#ctx.getWebSockets(TAG);
    const count = this.restore(webSockets);
    this.keeper.clean(webSockets);
    return count;
  }

  handleOtherClose(webSocket: WebSocket): void {
    this.#autoResponse.review(webSocket);
  }

  override handleAlarm(info: AlarmInfo | undefined, ringApplication: () => unknown): Promise<void> {
    this.#autoResponse.review();
    return super.handleAlarm(info, ringApplication);
  }
}

/** `accept()`, and its events. */
class WakefulObjectHost extends WakefulHost<WebSocket> implements ObjectHost {
  override accept(webSocket: WebSocket): HostTransport {
    webSocket.accept();
    // Newer compatibility dates hand binary messages over as Blobs.
    (webSocket as { binaryType?: string }).binaryType = "arraybuffer";
    this.#listen(webSocket);
    return super.accept(webSocket);
  }

  restoreAll(): number {
    return 0;
  }

  handleOtherClose(): void {}

  #listen(webSocket: WebSocket): void {
    webSocket.addEventListener("message", ({ data }) => {
      const { runtime } = this;
      const connection = this.connectionOf(webSocket);
      const message = data as string | ArrayBuffer;
      if (connection === undefined) runtime.polling?.receive(webSocket, message);
      else runtime.handleMessage(connection, message);
    });
    webSocket.addEventListener("close", ({ code, reason }) => {
      const { runtime } = this;
      const connection = this.connectionOf(webSocket);
      if (connection === undefined) runtime.polling?.lose(webSocket);
      else runtime.handleClose(connection, code, reason);
      answerClose(webSocket, code, reason);
    });
    webSocket.addEventListener("error", ({ error }) => {
      const { runtime } = this;
      const connection = this.connectionOf(webSocket);
      if (connection === undefined) runtime.polling?.lose(webSocket);
      else runtime.handleError(connection, error);
    });
  }
}
