/** The platform under a server on Node: WebSockets of the npm package `ws`, a timer. */
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import createDebug from "debug";
import { WebSocket } from "ws";
import { type DebugLog, PREFIX, SCOPES } from "../../../glue/common/log.ts";
import type { Connection } from "../../../glue/engine/connections/connection.ts";
import type { Frame, Host, HostTransport, SendHints } from "../../../glue/engine/host/host.ts";
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";
import { DeadlineTimer } from "../../shared/platform/deadline-timer.ts";
import { Deadlines } from "../../shared/platform/deadlines.ts";
import { HostBasics } from "../../shared/platform/host-basics.ts";
import { handleSocketClose, handleSocketError } from "../../shared/sockets/close-events.ts";
import { MemoryStorage } from "../../shared/storage/memory-storage.ts";
import type { ConnectionTarget } from "./connection-target.ts";

/** A final text frame; the server does not mask. */
const TEXT_HEAD = 0x81;
const MAX_SHORT_LENGTH = 125;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;

/** What `ws` keeps private: where frames go that are already built. */
interface WithSocket {
  _socket?: Socket;
}

/** Properties of a request that the application did not add: those of Node, also for upgrades, and of the engine. */
const REQUEST_PROPERTIES: ReadonlySet<string> = new Set([
  ...Object.keys(new IncomingMessage(new Socket())),
  "parser",
  "upgrade",
  "_query",
]);

export class NodeHost extends HostBasics implements Host {
  readonly answersPongs = false;
  readonly debug = makeNodeLog();
  readonly requestProperties = REQUEST_PROPERTIES;
  readonly storage = new MemoryStorage();
  /** Set by the server, which knows where its WebSockets come from. */
  closeEngine: () => void = () => {};
  readonly #timer = new DeadlineTimer(() => this.#deadlines.ring(this.now()));
  readonly #deadlines = new Deadlines(
    (time) => this.#timer.schedule(time),
    (error, name) => console.error(`dormouse: ${name}:`, error),
  );
  #isStopped = false;
  #lastText: string | undefined;
  #lastFrame: Buffer | undefined;

  schedule(name: string, deadline: number | null, ring: () => void): void {
    if (this.#isStopped) return;
    this.#deadlines.set(name, deadline, ring);
  }

  /** Stops the timer for good, even if a server that was put to sleep sets deadlines later. */
  stop(): void {
    this.#isStopped = true;
    this.#timer.schedule(null);
  }

  /** The WebSocket frame of a text. A broadcast sends one text many times: its frame is kept. */
  frameOf(text: string): Buffer {
    if (text !== this.#lastText) {
      this.#lastText = text;
      this.#lastFrame = buildFrame(text);
    }
    return this.#lastFrame as Buffer;
  }
}

/** The npm package `debug`; undefined if it lets nothing of ours through. */
function makeNodeLog(): DebugLog | undefined {
  const logs = new Map<string, createDebug.Debugger>();
  for (const scope of SCOPES) logs.set(scope, createDebug(PREFIX + scope));
  if (![...logs.values()].some((log) => log.enabled)) return undefined;
  return (scope, message) => logs.get(scope)?.("%s", message);
}

/** A transport here: it may outlast the sleep of its server. */
export interface NodeTransport extends HostTransport {
  /** Sets the connection. Called again after a sleep, with undefined if the connection could not be restored. */
  bind(connection: Connection | undefined): void;
}

/** One WebSocket. */
export class NodeSocket implements NodeTransport {
  readonly name = "websocket";
  readonly tellsWhenSent = true;
  #connection: Connection | undefined;
  readonly #webSocket: WebSocket;
  readonly #host: NodeHost;
  /** From how many bytes on messages are packed; undefined if the client and the server have not agreed on that. */
  readonly #packedFrom: number | undefined;

  /** `packedFrom`: from how many bytes on messages are packed, for clients that take them so. */
  constructor(webSocket: WebSocket, host: NodeHost, packedFrom: number | undefined) {
    this.#webSocket = webSocket;
    this.#host = host;
    // Nobody agrees on what the server does not offer.
    this.#packedFrom =
      packedFrom !== undefined && webSocket.extensions !== "" ? packedFrom : undefined;
  }

  /** What the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount;
  }

  // Without a callback Node is done with a write at once, and not in a tick of its own. A frame that cannot be sent any
  // more fails for a reason that the `close` event tells, too.
  send(frame: Frame, sent?: () => void, hints?: SendHints): void {
    const { writable } = this;
    if (typeof frame === "string" && writable !== undefined) {
      writable.write(this.#host.frameOf(frame), sent);
    } else if (this.#webSocket.readyState === WebSocket.OPEN) {
      this.#webSocket.send(frame, { compress: this.#packs(frame, hints) }, sent);
    }
  }

  #packs(frame: Frame, hints: SendHints | undefined): boolean {
    if (this.#packedFrom === undefined || hints?.compress === false) return false;
    return Buffer.byteLength(frame) >= this.#packedFrom;
  }

  /**
   * What frames that are already built are written to; undefined if it cannot be had, takes no more of them, or would
   * take them before others that are still being packed.
   */
  get writable(): Socket | undefined {
    if (this.#packedFrom !== undefined) return undefined;
    const webSocket = this.#webSocket;
    return webSocket.readyState === WebSocket.OPEN ? (webSocket as WithSocket)._socket : undefined;
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
  }

  bind(connection: Connection | undefined): void {
    this.#connection = connection;
  }

  /** Passes the WebSocket's events to the target's runtime, for the connection that is bound at the time. */
  listen(target: ConnectionTarget): void {
    const webSocket = this.#webSocket;
    webSocket.on("message", (data: Buffer, isBinary: boolean) => {
      const message = isBinary ? data : data.toString();
      const ready = target._ready();
      if (ready === undefined) this.#receive(target._runtime, message);
      else whenSettled(ready, () => this.#receive(target._runtime, message));
    });
    webSocket.on("close", (code: number, reason: Buffer) => {
      whenSettled(target._ready(), () => this.#lose(target._runtime, code, reason.toString()));
    });
    webSocket.on("error", (error: Error) => {
      whenSettled(target._ready(), () => this.#fail(target._runtime, error));
    });
  }

  // A WebSocket without a connection is being upgraded to from long-polling.

  #receive(runtime: Runtime, message: string | Buffer): void {
    if (this.#connection === undefined) runtime.polling?.receive(this, message);
    else runtime.handleMessage(this.#connection, message);
  }

  #lose(runtime: Runtime, code: number, reason: string): void {
    handleSocketClose(runtime, this, this.#connection, code, reason);
    // V8 holds what Node had of a socket until it collects thoroughly, but need not hold the client with it.
    this.#connection = undefined;
  }

  #fail(runtime: Runtime, error: Error): void {
    handleSocketError(runtime, this, this.#connection, error);
  }
}

/** Runs at once, or when a server that is starting has started or failed to. */
function whenSettled(ready: Promise<void> | undefined, run: () => void): void {
  if (ready === undefined) run();
  else ready.then(run, run);
}

/** RFC 6455, section 5.2. In one piece, so that it goes out with one write. */
function buildFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  if (length <= MAX_SHORT_LENGTH) {
    const frame = Buffer.allocUnsafe(2 + length);
    frame[1] = length;
    return finishFrame(frame, text, 2);
  }
  if (length <= 0xffff) {
    const frame = Buffer.allocUnsafe(4 + length);
    frame[1] = LENGTH_IN_16_BITS;
    frame.writeUInt16BE(length, 2);
    return finishFrame(frame, text, 4);
  }
  const frame = Buffer.allocUnsafe(10 + length);
  frame[1] = LENGTH_IN_64_BITS;
  frame.writeBigUInt64BE(BigInt(length), 2);
  return finishFrame(frame, text, 10);
}

function finishFrame(frame: Buffer, text: string, start: number): Buffer {
  frame[0] = TEXT_HEAD;
  frame.write(text, start);
  return frame;
}
