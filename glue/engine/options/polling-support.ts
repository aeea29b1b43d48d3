/**
 * The interface of HTTP long-polling (`polling/`), which is in the bundle only if the application hands it over with
 * the option `transports`. Hosts hand the requests of clients that poll, and the WebSockets of those that upgrade, to
 * a `PollingServer`.
 */

import type { DebugLog } from "../../common/log.ts";
import type { OptionCheck } from "../../common/option-checks.ts";
import type { Commands } from "../commands/commands.ts";
import type { Connection } from "../connections/connection.ts";
import type { Keeper } from "../connections/keeper.ts";
import type { EngineRequest, HandshakeRequest, Opening } from "../handshake/request.ts";
import type { Frame, HostTransport } from "../host/host.ts";
import type { CookieOptions } from "./cookie-options.ts";

/** What long-polling needs of the runtime whose clients poll. */
export interface PollingOwner
  extends Pick<Commands, "_core" | "_everybody" | "_report" | "_table"> {
  readonly debug: DebugLog | undefined;
  readonly keeper: Keeper;
  readonly options: {
    readonly allowUpgrades?: boolean | undefined;
    readonly cookie?: boolean | CookieOptions | undefined;
    /** In bytes. */
    readonly maxHttpBufferSize: number;
    /** In milliseconds. */
    readonly upgradeTimeout: number;
  };
  /** A client polls for the first time. Undefined if the object is full: the transport was closed then. */
  handleOpen(transport: HostTransport, opening: Opening): Connection | undefined;
  handleMessage(connection: Connection, data: string | Uint8Array): void;
  /** What came cannot be decoded. `fault`: a `Fault`. */
  handleFault(connection: Connection, fault: number): void;
  handleClose(connection: Connection, code: number, reason: string): void;
  handleError(connection: Connection, error: unknown): void;
  /** Ends the turn once what runs now is over, so that what changed is kept. */
  endTurnSoon(): void;
}

/** What `dormouse-io/polling` gives, for the option `transports`. */
export interface PollingSupport {
  /** Engine.IO's name for it. */
  readonly name: "polling";
  /** @internal What its options take. */
  readonly checks: Readonly<Record<string, OptionCheck>>;
  /** @internal Called by the runtime, once. */
  serve(runtime: PollingOwner): PollingServer;
}

/** A request's body, piece by piece: as much of a `ReadableStreamDefaultReader` as is needed. */
export interface BodyReader {
  /** Rejects if the rest does not come. */
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  /** Nobody will read the rest. */
  cancel(): Promise<unknown>;
}

/** A request of a client that polls. */
export interface PollingRequest {
  readonly method: string;
  /** The header; undefined if there is none. */
  readonly contentType: string | undefined;
  /** Undefined if there is none. */
  readonly body: BodyReader | undefined;
  /** Calls back if the client goes away before it is answered, where the platform sees that. */
  onGone?(listener: () => void): void;
}

/** What a request is answered with. */
export interface PollingAnswer {
  status: number;
  headers: Record<string, string>;
  body: Frame | null;
  /** Whether the application has said of all that is in it that it need not be compressed. */
  isPlain?: boolean;
}

/** A client that may have what it asks for. */
export interface PollingVisitor extends Opening {
  /** The session that it comes back to; undefined: it gets a new one. */
  sid: string | undefined;
}

/** Long-polling of one server. */
export interface PollingServer {
  /**
   * Decides on a request that the core has checked. `code`: what the core found, a `HandshakeError`. Returns the
   * `HandshakeError` that counts.
   */
  review(code: number, request: HandshakeRequest): number;
  /** Why a request is refused as a bad one; undefined if that has to do with nothing here. */
  explain(request: EngineRequest): Record<string, unknown> | undefined;
  /** Sessions are in other runtimes: requests of any are let pass. */
  leaveSessionsToOthers(): void;
  /** Opens a session, or answers a request of one, sooner or later. */
  answer(visitor: PollingVisitor, request: PollingRequest): Promise<PollingAnswer>;
  /** The same, on platforms with `Request` and `Response`. `headers`: what the application adds. */
  respond(visitor: PollingVisitor, request: Request, headers?: Headers): Promise<Response>;
  /**
   * A WebSocket wants to take over a session. `key`: what `receive` and `lose` will know it by. `bind` is called
   * with the session's connection once it has; from then on it is the host's. It is closed if it may not.
   */
  upgrade(
    sid: string,
    key: object,
    webSocket: HostTransport,
    bind: (connection: Connection) => void,
  ): void;
  /** A message of a WebSocket that has not taken over yet. Nothing if it is not known. */
  receive(key: object, message: string | ArrayBuffer | ArrayBufferView): void;
  /** Such a WebSocket is gone. Nothing if it is not known. */
  lose(key: object): void;
}

/** Whether a member of the option `transports` is one that brings its code with it. */
export function isSupport(transport: unknown): transport is PollingSupport {
  return (
    typeof transport === "object" &&
    transport !== null &&
    typeof (transport as Partial<PollingSupport>).serve === "function"
  );
}
