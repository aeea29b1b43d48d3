/** The options of a server: their types and defaults. */

import type { Parser } from "../codec/external.ts";
import type { Any } from "../common/any.ts";
import { checkOption, checks, type OptionCheck, unsupported } from "../common/option-checks.ts";
import { configDefaults } from "../core/abi.gen.ts";
import type { AdapterConstructor } from "../socket.io/server.ts";
import type { EngineRequest } from "./request.ts";

export type CorsOrigin = boolean | string | RegExp | (boolean | string | RegExp)[];

/** The fields of the npm package `cors`. */
export interface CorsOptions {
  /**
   * Origins that may read the answers: `"*"`, one origin, a pattern, a list of them, `true` for any
   * that asks, or a function that decides.
   */
  origin?:
    | CorsOrigin
    | ((
        origin: string | undefined,
        callback: (error: Error | null, allowed?: CorsOrigin) => void,
      ) => void);
  methods?: string | string[];
  allowedHeaders?: string | string[];
  /** The same as `allowedHeaders`, under its old name. */
  headers?: string | string[];
  exposedHeaders?: string | string[];
  credentials?: boolean;
  /** Seconds for which a preflight answer may be kept. */
  maxAge?: number;
  preflightContinue?: boolean;
  /** Status of a preflight answer. Default 204. */
  optionsSuccessStatus?: number;
}

export type CorsOptionsDelegate = (
  request: EngineRequest,
  callback: (error: Error | null, options?: CorsOptions) => void,
) => void;

/**
 * Decides whether a handshake may go on. With two parameters: upstream's form, `callback(message,
 * false)` refuses with status 403. With another number: refuses by throwing, by a promise that rejects
 * (the error's message is told to the client), or by answering false; on Workers it also gets the
 * environment and the object's state.
 */
export type AllowRequest = (
  request: EngineRequest,
  // Either of two things, by the number of parameters: a union of signatures would leave parameters
  // that are not annotated without a type.
  callbackOrEnv: Any,
  ctx?: Any,
) => unknown;

/**
 * Changes the headers of an answer in place. The request is the platform's own: a `Request` on Workers,
 * where the environment and the object's state come behind it, an `IncomingMessage` on Node.
 */
export type EditHeaders = (
  headers: Headers,
  request: Any,
  env?: Any,
  ctx?: Any,
) => void | Promise<void>;

export interface ConnectionStateRecoveryOptions {
  /** How long a lost session can be recovered, in milliseconds. Default: two minutes. */
  maxDisconnectionDuration?: number;
  /** Whether middlewares are skipped on recovery. Default true. */
  skipMiddlewares?: boolean;
}

export interface ServerOptions {
  /** Path of the requests that are ours. Default `/socket.io`. */
  path?: string;
  /** Time for a new connection to join a namespace, in milliseconds. Default 45000. */
  connectTimeout?: number;
  /** How long a client may stay silent after a heartbeat was due, in milliseconds. Default 20000. */
  pingTimeout?: number;
  /** Time between heartbeats, in milliseconds. Default 25000. */
  pingInterval?: number;
  /** Accepted for upstream's sake: there are no transports to upgrade from. Default 10000. */
  upgradeTimeout?: number;
  /** The largest message a client may send, in bytes. Default 1000000. */
  maxHttpBufferSize?: number;
  /** Only `websocket` exists. */
  transports?: "websocket"[];
  /** Whether clients of Socket.IO v2 (Engine.IO protocol 3) may connect. Default false. */
  allowEIO3?: boolean;
  /** Cross-origin rules, as the npm package `cors` has them. Default: no headers. */
  cors?: CorsOptions | CorsOptionsDelegate | boolean;
  /** The payload codec. Default: JSON. */
  parser?: Parser;
  /** Lets clients that were lost for a short time continue their sessions. Default: off. */
  connectionStateRecovery?: ConnectionStateRecoveryOptions;
  /** Whether dynamic namespaces without members are removed. Default false. */
  cleanupEmptyChildNamespaces?: boolean;
  allowRequest?: AllowRequest;
  /** Makes the id of a new connection. Default: 15 random bytes in base64. */
  generateId?: (request: EngineRequest) => string | PromiseLike<string>;
  /** Whether the object may sleep while clients are connected. Default true. */
  hibernate?: boolean;
  /** How long a pending server-to-client ack without a timeout keeps the object awake. In ms. */
  ackKeepAlive?: number;
  /** Changes the headers of the answer that opens a WebSocket. */
  editHandshakeHeaders?: EditHeaders;
  /** Changes the headers of every answer. */
  editResponseHeaders?: EditHeaders;
  /** The class of the namespaces' adapters. Default: the one that keeps everything in the object. */
  adapter?: AdapterConstructor;
}

/** Options with their defaults filled in. */
export type ResolvedOptions = ServerOptions &
  Required<
    Pick<
      ServerOptions,
      | "path"
      | "connectTimeout"
      | "pingTimeout"
      | "pingInterval"
      | "upgradeTimeout"
      | "maxHttpBufferSize"
      | "transports"
      | "allowEIO3"
      | "cleanupEmptyChildNamespaces"
      | "hibernate"
      | "ackKeepAlive"
    >
  >;

const defaults = {
  path: "/socket.io",
  connectTimeout: configDefaults.connect_timeout,
  pingTimeout: configDefaults.ping_timeout,
  pingInterval: configDefaults.ping_interval,
  upgradeTimeout: 10_000,
  maxHttpBufferSize: configDefaults.max_payload,
  transports: ["websocket"],
  allowEIO3: false,
  cleanupEmptyChildNamespaces: false,
  hibernate: true,
  ackKeepAlive: 30_000,
} satisfies ServerOptions;

/**
 * Checks options and fills in the defaults. Throws a TypeError that names the option which is unknown
 * or of the wrong type. `hostChecks`: the options that a host has beside these.
 */
export function resolveOptions(
  options: ServerOptions = {},
  hostChecks: Record<string, OptionCheck> = {},
): ResolvedOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("dormouse: the options must be an object");
  }
  const known = { ...checks, ...unsupported, ...hostChecks };
  const resolved: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(options)) {
    checkOption(known, name, value);
    if (value !== undefined && Object.hasOwn(checks, name)) resolved[name] = value;
  }
  resolved.path = (resolved.path as string).replace(/\/$/, "");
  for (const name of ["pingInterval", "pingTimeout", "connectTimeout", "maxHttpBufferSize"]) {
    resolved[name] = Math.ceil(resolved[name] as number);
  }
  return resolved as unknown as ResolvedOptions;
}
