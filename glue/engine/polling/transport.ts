/**
 * What carries the packets of a client that polls: what is sent waits until the client asks by a GET, which
 * waits until something is sent; what the client sends comes by POSTs. One of either at a time.
 *
 * A GET that waits ends with the next heartbeat at the latest, or with the session, which ends a while after a
 * heartbeat that nobody has answered: so none waits for ever, whether or not the platform tells that its client
 * has gone.
 */

import { inMicrotask } from "../../common/microtasks.ts";
import * as DisconnectReason from "../../core/abi/disconnect-reason.gen.ts";
import * as Fault from "../../core/abi/fault.gen.ts";
import { disconnectReasonTexts } from "../../core/abi.gen.ts";
import type { Connection } from "../connections/connection.ts";
import { transportError } from "../effects/disconnects.ts";
import { NORMAL_CLOSURE } from "../host/close-codes.ts";
import type { Frame, HostTransport, SendHints } from "../host/host.ts";
import type { PollingAnswer, PollingOwner, PollingRequest } from "../options/polling-support.ts";
import {
  concat,
  type PayloadCodec,
  PayloadError,
  type PayloadForm,
  payload3,
  payload4,
} from "./payload.ts";

const OPEN = "0";
const CLOSE = "1";
const NOOP = "6";
/** How long the end of a session waits to be asked for, in milliseconds. */
const CLOSE_PATIENCE = 30_000;
const PING_TIMEOUT = disconnectReasonTexts[DisconnectReason.ping_timeout];
/**
 * Stock clients fill a POST up to `maxHttpBufferSize`, and count binary data as 1.33 of its size where base64 takes
 * 4/3: this part of the limit is let pass beyond it.
 */
const MISCOUNT = 256;
const BINARY = "application/octet-stream";

/** What keeps an object awake, in the words of reports. */
const FLEETING = {
  what: "HTTP long-polling",
  instead: "it lasts until the client upgrades to a WebSocket, or leaves",
};

/** Long-polling of the server, as a transport needs it. */
export interface PollingHome {
  readonly runtime: PollingOwner;
  /** A session has ended, and its client does not know yet: its next request is for this transport. */
  keepEnding(sid: string, transport: PollingTransport): void;
  /** The client knows, or has had its time. Nothing if another transport is kept. */
  forgetEnding(sid: string, transport: PollingTransport): void;
}

/** A WebSocket that tries to take over from a transport. */
export interface Upgrade {
  /** Whether its client has been answered, and is about to stop polling. */
  readonly isProbed: boolean;
  /** The connection was restored: the core hears of the upgrade again. */
  rebind(connection: Connection): void;
  /** The session is over, so the WebSocket may not take over any more. */
  abandon(): void;
}

/** A frame on its way, and who wants to know when it is handed on. */
interface Waiting {
  frame: Frame;
  size: number;
  sent: (() => void) | undefined;
  /** Whether it need not be compressed. */
  isPlain: boolean;
}

export class PollingTransport implements HostTransport {
  readonly name = "polling";
  readonly isFleeting = true;
  readonly tellsWhenSent = true;
  /** The WebSocket that tries to take over. */
  probe: Upgrade | undefined;
  readonly #sid: string;
  readonly #protocol: 3 | 4;
  readonly #codec: PayloadCodec;
  /** Whose list of ending sessions it is in, while the client has still to be told of its end. */
  #server: PollingHome;
  #connection: Connection | undefined;
  #state: "open" | "closing" | "over" = "open";
  #queue: Waiting[] = [];
  #queued = 0;
  /** Answers the GET that waits. */
  #poll: ((answer: PollingAnswer) => void) | undefined;
  /** Gives up the POST whose body is being read. */
  #abortPost: (() => void) | undefined;
  #isFlushScheduled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(server: PollingHome, sid: string, protocol: 3 | 4) {
    this.#server = server;
    this.#sid = sid;
    this.#protocol = protocol;
    this.#codec = protocol === 4 ? payload4 : payload3;
  }

  // --- for the runtime -----------------------------------------------------------------------------

  /** Bytes that wait for a GET. */
  get bufferedAmount(): number {
    return this.#queued;
  }

  get isUnasked(): boolean {
    return this.#poll === undefined;
  }

  get isUpgrading(): boolean {
    return this.probe !== undefined;
  }

  send(frame: Frame, sent?: () => void, hints?: SendHints): void {
    if (this.#state !== "open") return;
    const size = this.#codec.sizeOf(frame);
    const isPlain = hints?.compress === false;
    this.#queue.push({ frame: this.#withUpgrades(frame), size, sent, isPlain });
    this.#queued += size;
    this.#flushSoon();
  }

  /** The core tells of every upgrade that there is. */
  #withUpgrades(frame: Frame): Frame {
    const { allowUpgrades } = this.#server.runtime.options;
    if (allowUpgrades !== false || typeof frame !== "string" || !frame.startsWith(OPEN))
      return frame;
    return frame.replace('"upgrades":["websocket"]', '"upgrades":[]');
  }

  /** What was sent before is still for the client, unless it is at fault for not being there. */
  close(code: number, reason: string): void {
    if (this.#state !== "open") return;
    if (code !== NORMAL_CLOSURE || reason === PING_TIMEOUT) {
      this.end(CLOSE);
      return;
    }
    this.#state = "closing";
    this.#leave();
    this.#server.keepEnding(this.#sid, this);
    this.#timer = setTimeout(() => this.end(NOOP), CLOSE_PATIENCE);
    // On Node: clients keep the process alive, not those that have gone.
    (this.#timer as { unref?: () => void }).unref?.();
    this.#flush();
  }

  // --- for its server ------------------------------------------------------------------------------

  /** Sets its connection; again when that was restored, to undefined if it could not be. */
  bind(connection: Connection | undefined): void {
    this.#connection = connection;
    if (connection === undefined) return;
    this.#server = connection._runtime.polling as PollingHome;
    this.probe?.rebind(connection);
    if (connection.readyState === "open") {
      this.#server.runtime.keeper.noteFleeting(connection, FLEETING);
    }
  }

  /** Answers a request of its client. */
  handle(request: PollingRequest): Promise<PollingAnswer> | PollingAnswer {
    if (request.method === "GET") return this.#handlePoll(request);
    if (request.method === "POST") return this.#handlePost(request);
    return plain(500);
  }

  /** The client has begun to change over: every GET is answered at once from now on. */
  hurry(): void {
    if (this.#poll !== undefined) this.#flush(NOOP);
  }

  /** It is over. Nothing waits any more; `last` is the packet for a GET that does. */
  end(last: string): void {
    this.#leave();
    this.#finish(last);
  }

  /** Another transport goes on with the session, and gets what waits. A POST under way still counts. */
  handOver(to: HostTransport): void {
    const queue = this.#queue;
    this.#finish(NOOP);
    for (const { frame, sent } of queue) to.send(frame, sent);
  }

  // --- GET -----------------------------------------------------------------------------------------

  #handlePoll(request: PollingRequest): Promise<PollingAnswer> | PollingAnswer {
    if (this.#state === "over") return plain(400);
    if (this.#poll !== undefined) {
      this.#fail("overlap from client");
      return plain(400);
    }
    return new Promise((resolve) => {
      this.#poll = resolve;
      request.onGone?.(() => {
        if (this.#poll === resolve) this.#fail("poll connection closed prematurely");
      });
      if (this.#queue.length > 0 || this.#state !== "open") this.#flush();
      else if (this.probe?.isProbed) this.#flush(NOOP);
    });
  }

  /** Answers in a microtask, so that all frames that are sent until then go in one answer. */
  #flushSoon(): void {
    if (this.#poll === undefined || this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    inMicrotask(() => {
      this.#isFlushScheduled = false;
      if (this.#queue.length > 0) this.#flush();
    });
  }

  /** Answers the GET with what waits, or with `otherwise` if nothing does. */
  #flush(otherwise?: string): void {
    if (this.#poll === undefined) return;
    if (this.#queue.length > 0) this.#respond(this.#take());
    // In an answer of its own: clients end before they hand on what came with it.
    else if (this.#state === "closing") this.end(CLOSE);
    else if (otherwise !== undefined) this.#respond([packetOf(otherwise)]);
  }

  /** As much as a client takes in one answer, and one packet at least. */
  #take(): Waiting[] {
    const limit = this.#server.runtime.options.maxHttpBufferSize;
    let size = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      if (count > 0 && size + waiting.size > limit) break;
      size += waiting.size;
      count += 1;
    }
    this.#queued -= size;
    return this.#queue.splice(0, count);
  }

  #respond(packets: readonly Waiting[]): void {
    const answer = this.#poll;
    if (answer === undefined) return;
    this.#poll = undefined;
    const body = this.#codec.encode(packets.map(({ frame }) => frame));
    const type = typeof body === "string" ? "text/plain; charset=UTF-8" : BINARY;
    const isPlain = packets.every((packet) => packet.isPlain);
    answer({ status: 200, headers: headersOf(type), body, isPlain });
    for (const { sent } of packets) sent?.();
  }

  // --- POST ----------------------------------------------------------------------------------------

  async #handlePost({ body, contentType }: PollingRequest): Promise<PollingAnswer> {
    const isBinary = contentType === BINARY;
    if (this.#abortPost !== undefined || (isBinary && this.#protocol === 4)) {
      this.#fail(isBinary ? "invalid content" : "data request overlap from client");
      void body?.cancel().catch(() => {});
      return plain(400);
    }
    const aborted = new Promise<undefined>((resolve) => {
      this.#abortPost = () => resolve(undefined);
    });
    const read = this.#read(body).catch(() => {
      this.#fail("data request connection closed prematurely");
      return undefined;
    });
    const content = await Promise.race([read, aborted]);
    this.#abortPost = undefined;
    if (content === undefined) void body?.cancel().catch(() => {});
    if (content === undefined) return plain(400);
    if (content === "too large") return plain(413);
    this.#receive(content, isBinary ? "binary" : "text");
    return {
      status: 200,
      headers: { ...headersOf("text/html"), "Content-Length": "2" },
      body: "ok",
    };
  }

  async #read(body: PollingRequest["body"]): Promise<Uint8Array | "too large"> {
    const { maxHttpBufferSize } = this.#server.runtime.options;
    const limit = maxHttpBufferSize + Math.floor(maxHttpBufferSize / MISCOUNT);
    const chunks: Uint8Array[] = [];
    let size = 0;
    while (body !== undefined) {
      const { done, value } = await body.read();
      if (done || value === undefined) break;
      size += value.length;
      if (size > limit) {
        void body.cancel().catch(() => {});
        return "too large";
      }
      chunks.push(value);
    }
    return concat(chunks);
  }

  #receive(body: Uint8Array, form: PayloadForm): void {
    try {
      for (const frame of this.#codec.decode(body, form)) {
        const connection = this.#connection;
        if (typeof frame === "string" && frame.startsWith(CLOSE)) {
          if (connection?._transport === this) {
            this.#server.runtime.handleClose(connection, NORMAL_CLOSURE, "");
          }
          this.end(NOOP);
          return;
        }
        if (connection !== undefined) this.#server.runtime.handleMessage(connection, frame);
      }
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      const connection = this.#connection;
      if (connection !== undefined)
        this.#server.runtime.handleFault(connection, Fault.unknown_engine_packet);
    }
  }

  // --- the end -------------------------------------------------------------------------------------

  /** The client has done what ends its session. */
  #fail(message: string): void {
    const connection = this.#connection;
    if (connection?._transport === this) {
      this.#server.runtime.handleError(connection, transportError(message));
    }
    this.end(CLOSE);
  }

  /** The session is over, and what was under way with it. */
  #leave(): void {
    this.probe?.abandon();
    this.#abortPost?.();
  }

  #finish(last: string): void {
    this.#state = "over";
    this.#queue = [];
    this.#queued = 0;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#server.forgetEnding(this.#sid, this);
    this.#respond([packetOf(last)]);
  }
}

function packetOf(frame: string): Waiting {
  return { frame, size: 0, sent: undefined, isPlain: false };
}

function headersOf(type: string): Record<string, string> {
  return { "Content-Type": type, "Cache-Control": "no-store" };
}

function plain(status: number): PollingAnswer {
  return { status, headers: {}, body: null };
}
