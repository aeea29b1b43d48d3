/** The options of the engine: their types, defaults and checks. */

import type { Parser } from "../../codec/external.ts";
import type { Any } from "../../common/any.ts";
import {
  absent,
  absolutePath,
  boolean,
  callable,
  type OptionCheck,
  positiveNumber,
} from "../../common/option-checks.ts";
import { isPlainObject } from "../../common/values.ts";
import { configDefaults } from "../../core/abi.gen.ts";
import type { EngineRequest } from "../handshake/request.ts";
import type { CookieOptions } from "./cookie-options.ts";
import { type CorsOptions, type CorsOptionsDelegate, corsChecks } from "./cors-options.ts";
import { isSupport, type PollingSupport } from "./polling-support.ts";

/** Upstream's way to answer: refuses with a message, or without one (`null`), or lets go on. */
export type AllowRequestCallback = (message: string | null | undefined, success: boolean) => void;

/**
 * Decides whether a handshake may go on. Refuses with status 403 by answering `false`, by throwing (the
 * error's message is told to the client), by a promise of either, or by upstream's callback. A function
 * with two parameters may have either for its second: it is the platform's environment (on Node there is
 * none), and can be called. Other functions get the environment as it is, and the object's state.
 *
 * @example
 * allowRequest: (request, callback) => callback(null, request.headers.origin === ORIGIN)
 * @example
 * allowRequest: async (request, env: Env) => isValid(request.headers.cookie, env.SECRET)
 */
export type AllowRequest<Env = Any> = (
  request: EngineRequest,
  // Not a union of two signatures, which would leave parameters that are not annotated without a type.
  envOrCallback: Env & AllowRequestCallback,
  ctx: Any,
) => unknown;

/**
 * Changes the headers of an answer in place. The request is the platform's own: a `Request` on Workers,
 * where the environment and the object's state come behind it, an `IncomingMessage` on Node.
 */
export type EditHeaders<Env = Any> = (
  headers: Headers,
  request: Any,
  env: Env,
  ctx: Any,
) => void | Promise<void>;

/** How `io.data`, `data` of namespaces and `io.schedule` are kept. */
export interface DataOptions {
  /**
   * `strict` writes what was changed before anything is sent, so that a crash loses nothing of which a client has
   * heard; `batched`, the default, shortly after the turn. On Node both are memory.
   */
  durability?: "batched" | "strict";
}

/** `Env`: the environment that the platform gives to functions. */
export interface EngineOptions<Env = Any> {
  /** Path of the requests that are ours. Default `/socket.io`. */
  path?: string;
  /** Whether what clients ask for has to have a slash at the path's end. Default true. */
  addTrailingSlash?: boolean;
  /**
   * Time for a new connection to join a namespace, in milliseconds, and for the application to answer its
   * handshake before that. Default 45000.
   */
  connectTimeout?: number;
  /** How long a client may stay silent after a heartbeat was sent, in milliseconds. Default 20000. */
  pingTimeout?: number;
  /** Time between heartbeats, in milliseconds. Default 25000. */
  pingInterval?: number;
  /** Time for a client that polls to change over to its WebSocket, in milliseconds. Default 10000. */
  upgradeTimeout?: number;
  /** Whether clients that poll are told that they may upgrade to a WebSocket. Default true. */
  allowUpgrades?: boolean;
  /** The largest message a client may send, in bytes. Default 1000000. */
  maxHttpBufferSize?: number;
  /**
   * How much may wait for a client that does not read, in bytes. Beyond it the client is closed, where
   * the platform tells how much waits. Default 32000000.
   */
  maxBufferedAmount?: number;
  /**
   * How clients may come: by WebSocket, and by HTTP long-polling, which is `polling` of `dormouse-io/polling` (on
   * Node the name is enough). `webtransport`, which is not there, is ignored with a warning. Default
   * `["websocket"]`.
   */
  transports?: ("websocket" | "polling" | "webtransport" | PollingSupport)[];
  /**
   * The cookie that tells a client that polls its session id, for balancers in front: `true`, or its attributes.
   * Default: none.
   */
  cookie?: boolean | CookieOptions;
  /** Whether clients of Socket.IO v2 (Engine.IO protocol 3) may connect. Default false. */
  allowEIO3?: boolean;
  /** Cross-origin rules, as the npm package `cors` has them. Default: no headers. */
  cors?: CorsOptions | CorsOptionsDelegate | boolean;
  /** The payload codec. Default: JSON. */
  parser?: Parser;
  /** Decides whether a handshake may go on. Default: all may. */
  allowRequest?: AllowRequest<Env>;
  /** Makes the id of a new connection. Default: 15 random bytes in base64. */
  generateId?: (request: EngineRequest) => string | PromiseLike<string>;
  /**
   * Whether the object may sleep while clients are connected. `true`, the default: unless something is known
   * that a sleep would lose. `"always"`: all the same.
   */
  hibernate?: boolean | "always";
  /** How `io.data` and `io.schedule` are kept. */
  data?: DataOptions;
  /** How long a pending server-to-client ack without a timeout keeps the object awake. In ms. */
  ackKeepAlive?: number;
  /** Changes the headers of the answer that opens a WebSocket. */
  editHandshakeHeaders?: EditHeaders<Env>;
  /** Changes the headers of every answer. */
  editResponseHeaders?: EditHeaders<Env>;
}

/** Options with their defaults filled in. */
export type ResolvedEngineOptions = Omit<EngineOptions, "transports"> &
  Required<
    Pick<
      EngineOptions,
      | "path"
      | "addTrailingSlash"
      | "connectTimeout"
      | "pingTimeout"
      | "pingInterval"
      | "upgradeTimeout"
      | "maxHttpBufferSize"
      | "maxBufferedAmount"
      | "allowEIO3"
      | "hibernate"
      | "ackKeepAlive"
    >
  > & {
    /** By name. */
    transports: ("websocket" | "polling")[];
    /** What brings long-polling, if that is among them. */
    polling?: PollingSupport | undefined;
  };

export const engineDefaults = {
  path: "/socket.io",
  addTrailingSlash: true,
  connectTimeout: configDefaults.connectTimeout,
  pingTimeout: configDefaults.pingTimeout,
  pingInterval: configDefaults.pingInterval,
  upgradeTimeout: 10_000,
  maxHttpBufferSize: configDefaults.maxPayload,
  maxBufferedAmount: 32_000_000,
  transports: ["websocket"],
  allowEIO3: false,
  hibernate: true,
  ackKeepAlive: 30_000,
} satisfies EngineOptions;

/** Upstream's. */
const TRANSPORTS: readonly unknown[] = ["websocket", "polling", "webtransport"];

/** How the option `durability` is checked, wherever something is kept in the storage. */
export const durability: OptionCheck = {
  accepts: (value) => value === "batched" || value === "strict",
  expectation: '"batched" or "strict"',
};

/** A function of the application that is asked in handshakes. */
const ofHandshakes =
  typeof DORMOUSE_HANDSHAKE === "undefined" || DORMOUSE_HANDSHAKE
    ? callable
    : absent("DORMOUSE_HANDSHAKE");

/** What the engine's options take. */
export const engineChecks: Record<string, OptionCheck> = {
  path: absolutePath,
  addTrailingSlash: boolean,
  connectTimeout: positiveNumber,
  pingTimeout: positiveNumber,
  pingInterval: positiveNumber,
  upgradeTimeout: positiveNumber,
  maxHttpBufferSize: positiveNumber,
  maxBufferedAmount: positiveNumber,
  transports: {
    accepts: (value) =>
      Array.isArray(value) &&
      value.some((one) => one === "websocket" || one === "polling" || isSupport(one)) &&
      value.every((one) => TRANSPORTS.includes(one) || isSupport(one)),
    expectation: 'a list with "websocket", or polling, or both',
  },

  allowEIO3: boolean,
  cors:
    typeof DORMOUSE_HANDSHAKE === "undefined" || DORMOUSE_HANDSHAKE
      ? {
          accepts: (value) =>
            typeof value === "boolean" || typeof value === "function" || isPlainObject(value),
          expectation: 'an object, as { origin: "*" }, a function or a boolean',
          fields: corsChecks,
        }
      : absent("DORMOUSE_HANDSHAKE"),
  parser:
    typeof DORMOUSE_PARSER === "undefined" || DORMOUSE_PARSER
      ? {
          accepts: (value) =>
            (isPlainObject(value) || typeof value === "function") &&
            typeof (value as { Encoder?: unknown }).Encoder === "function" &&
            typeof (value as { Decoder?: unknown }).Decoder === "function",
          expectation: "an object with an Encoder and a Decoder class",
        }
      : absent("DORMOUSE_PARSER"),
  allowRequest: ofHandshakes,
  generateId: ofHandshakes,
  hibernate: {
    accepts: (value) => typeof value === "boolean" || value === "always",
    expectation: 'a boolean or "always"',
  },
  data:
    typeof DORMOUSE_STATE === "undefined" || DORMOUSE_STATE
      ? {
          accepts: isPlainObject,
          expectation: "an object with its own options",
          fields: { durability },
        }
      : absent("DORMOUSE_STATE"),
  ackKeepAlive: positiveNumber,
  editHandshakeHeaders: ofHandshakes,
  editResponseHeaders: ofHandshakes,
};
