/** The platform under a server in a Durable Object: one host that sleeps, and one that stays awake. */

import type { Sleepers } from "../../../glue/engine/commands/core-views.ts";
import type { Connection } from "../../../glue/engine/connections/connection.ts";
import type { HostTransport } from "../../../glue/engine/host/host.ts";
import type { ResolvedOptions } from "../../../glue/socket.io/server/options.ts";
import type { AlarmDetails } from "../alarm/shared-alarm.ts";
import { override } from "../platform/replaced-methods.ts";
import { AutoResponse } from "../sockets/auto-response.ts";
import { handleSocketClose, handleSocketError } from "../sockets/close-events.ts";
import { answerClose, type ObjectSocket, reportError } from "../sockets/object-socket.ts";
import { ownStorage } from "../storage/own-storage.ts";
import type { ServerHost } from "./server-host.ts";
import { SleepingHost, type SleepingSettings } from "./sleeping-host.ts";
import { WakefulHost } from "./wakeful-host.ts";

/** The tag of the library's WebSockets, among those that an object holds. */
export const TAG = "dormouse";
/** A second tag begins with this. By it the WebSockets of a few connections are found without listing all. */
const TAG_OF_HEAD = `${TAG}:`;

export interface ObjectHost extends ServerHost<WebSocket> {
  /** Connections from before a sleep are restored when they are needed. To be called before the server starts. */
  expectSleepers(): void;
  /** A WebSocket of the application's own is about to be closed. */
  handleOtherClose(webSocket: WebSocket): void;
}

/** What a host has to know of its object. */
export interface HostedObject {
  /** The object's class. */
  ofClass: object;
  /** Whether the application has an alarm handler. */
  hasAlarm: boolean;
  /** The value of `DEBUG`. */
  debug: unknown;
}

export function makeObjectHost(
  ctx: DurableObjectState,
  options: ResolvedOptions,
  { ofClass, hasAlarm, debug }: HostedObject,
): ObjectHost {
  const storage = ownStorage(ctx.storage, ofClass, (error) => reportError(error, "storage"));
  const settings = { platform: ctx.storage, storage, hasAlarm, tellsTime: true };
  return options.hibernate
    ? new SleepingObjectHost(ctx, { ...settings, debug })
    : new WakefulObjectHost(settings);
}

/** `ctx.getWebSockets()` lists the application's own WebSockets: what it sends to all of them is not for our clients. */
function hideWebSockets(ctx: DurableObjectState): void {
  const list = ctx.getWebSockets.bind(ctx);
  const getWebSockets = (tag?: string): WebSocket[] => {
    if (tag !== undefined) return list(tag);
    const ours = new Set(list(TAG));
    return list().filter((one) => !ours.has(one));
  };
  override(ctx, { getWebSockets });
}

/** Hibernatable WebSockets with a tag, automatic pongs. */
class SleepingObjectHost extends SleepingHost<WebSocket> implements ObjectHost, Sleepers {
  override readonly answersPongs = true;
  readonly #ctx: DurableObjectState;
  readonly #acceptWebSocket: DurableObjectState["acceptWebSocket"];
  readonly #autoResponse: AutoResponse;
  /** The library's WebSockets that were accepted or restored since the object woke. */
  readonly #seen = new WeakSet<WebSocket>();
  /** Whether there may be others. */
  #isAnyAsleep = false;

  constructor(ctx: DurableObjectState, settings: SleepingSettings) {
    super(settings);
    this.#ctx = ctx;
    this.#acceptWebSocket = ctx.acceptWebSocket.bind(ctx);
    hideWebSockets(ctx);
    this.#autoResponse = new AutoResponse(ctx);
  }

  lastPong(socket: HostTransport): number | null {
    const { webSocket } = socket as ObjectSocket<WebSocket>;
    return this.#ctx.getWebSocketAutoResponseTimestamp(webSocket)?.getTime() ?? null;
  }

  override accept(webSocket: WebSocket, id: string): HostTransport {
    const head = this.runtime.headOf(id);
    this.#acceptWebSocket(webSocket, head === undefined ? [TAG] : [TAG, TAG_OF_HEAD + head]);
    this.#seen.add(webSocket);
    return super.accept(webSocket, id);
  }

  override owns(webSocket: WebSocket): boolean {
    return this.#ctx.getTags(webSocket).includes(TAG);
  }

  expectSleepers(): void {
    this.#isAnyAsleep = true;
    this.runtime.expect(this);
  }

  get isHere(): boolean {
    // The platform lists the WebSockets of the object whose event is running, which may be another.
    return this.storage.isHere;
  }

  get isAny(): boolean {
    return this.asleep().length > 0;
  }

  restoreAll(): void {
    const webSockets = this.#ctx.getWebSockets(TAG);
    this.restore(webSockets.filter((one) => !this.#seen.has(one)));
    this.#isAnyAsleep = false;
    this.runtime.arrange(
      webSockets.map((one) => this.connectionOf(one)).filter((one) => one !== undefined),
    );
    this.keeper.clean(webSockets);
  }

  restoreByHead(head: string): void {
    for (const webSocket of this.#ctx.getWebSockets(TAG_OF_HEAD + head)) this.wake(webSocket);
  }

  protected override asleep(): WebSocket[] {
    if (!this.#isAnyAsleep || !this.isHere) return [];
    return this.#ctx.getWebSockets(TAG).filter((one) => !this.#seen.has(one));
  }

  protected override wake(webSocket: WebSocket): Connection | undefined {
    if (!this.#isAnyAsleep || this.#seen.has(webSocket) || !this.owns(webSocket)) return undefined;
    this.#seen.add(webSocket);
    this.runtime.bringBack(() => void this.restore([webSocket]));
    return this.connectionOf(webSocket);
  }

  handleOtherClose(webSocket: WebSocket): void {
    this.#autoResponse.review(webSocket);
  }

  override handleAlarm(
    info: AlarmDetails | undefined,
    ringApplication: () => unknown,
  ): Promise<void> {
    this.#autoResponse.review();
    return super.handleAlarm(info, ringApplication);
  }
}

/** `accept()`, and its events. */
class WakefulObjectHost extends WakefulHost<WebSocket> implements ObjectHost {
  override accept(webSocket: WebSocket, id: string): HostTransport {
    webSocket.accept();
    // Newer compatibility dates hand binary messages over as Blobs.
    (webSocket as { binaryType?: string }).binaryType = "arraybuffer";
    this.#listen(webSocket);
    return super.accept(webSocket, id);
  }

  expectSleepers(): void {}

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
      handleSocketClose(this.runtime, webSocket, this.connectionOf(webSocket), code, reason);
      answerClose(webSocket, code, reason);
    });
    webSocket.addEventListener("error", ({ error }) => {
      handleSocketError(this.runtime, webSocket, this.connectionOf(webSocket), error);
    });
  }
}
