/** The options of the engine: their types, defaults and checks. */

import type { Parser } from "../codec/external.ts";
import type { Any } from "../common/any.ts";
import { boolean, callable, type OptionCheck, positiveNumber } from "../common/option-checks.ts";
import { isPlainObject } from "../common/values.ts";
import { configDefaults } from "../core/abi.gen.ts";
import { type CorsOptions, type CorsOptionsDelegate, corsChecks } from "./cors-options.ts";
import type { EngineRequest } from "./request.ts";

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

/** What the engine can be told: connections, transports, heartbeats, the codec. */
export interface EngineOptions {
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
}

/** Options with their defaults filled in. */
export type ResolvedEngineOptions = EngineOptions &
  Required<
    Pick<
      EngineOptions,
      | "path"
      | "connectTimeout"
      | "pingTimeout"
      | "pingInterval"
      | "upgradeTimeout"
      | "maxHttpBufferSize"
      | "transports"
      | "allowEIO3"
      | "hibernate"
      | "ackKeepAlive"
    >
  >;

export const engineDefaults = {
  path: "/socket.io",
  connectTimeout: configDefaults.connect_timeout,
  pingTimeout: configDefaults.ping_timeout,
  pingInterval: configDefaults.ping_interval,
  upgradeTimeout: 10_000,
  maxHttpBufferSize: configDefaults.max_payload,
  transports: ["websocket"],
  allowEIO3: false,
  hibernate: true,
  ackKeepAlive: 30_000,
} satisfies EngineOptions;

/** What the engine's options take. */
export const engineChecks: Record<string, OptionCheck> = {
  path: {
    accepts: (value) => typeof value === "string" && value.startsWith("/") && value.length > 1,
    expectation: "a path that starts with a slash",
  },
  connectTimeout: positiveNumber,
  pingTimeout: positiveNumber,
  pingInterval: positiveNumber,
  upgradeTimeout: positiveNumber,
  maxHttpBufferSize: positiveNumber,
  transports: {
    accepts: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((name) => name === "websocket"),
    expectation: '["websocket"], the only transport there is',
  },
  allowEIO3: boolean,
  cors: {
    accepts: (value) =>
      typeof value === "boolean" || typeof value === "function" || isPlainObject(value),
    expectation: "an object, a function or a boolean",
    fields: corsChecks,
  },
  parser: {
    accepts: (value) =>
      (isPlainObject(value) || typeof value === "function") &&
      typeof (value as { Encoder?: unknown }).Encoder === "function" &&
      typeof (value as { Decoder?: unknown }).Decoder === "function",
    expectation: "an object with an Encoder and a Decoder class",
  },
  allowRequest: callable,
  generateId: callable,
  hibernate: boolean,
  ackKeepAlive: positiveNumber,
  editHandshakeHeaders: callable,
  editResponseHeaders: callable,
};
