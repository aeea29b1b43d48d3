/** The options of a server: those of Engine.IO and of Socket.IO. */

import type { Adapter } from "../../adapter/rooms/adapter.ts";
import type { Any } from "../../common/any.ts";
import {
  absent,
  boolean,
  callable,
  checkOption,
  type OptionCheck,
  positiveNumber,
} from "../../common/option-checks.ts";
import { isPlainObject } from "../../common/values.ts";
import {
  durability,
  type EngineOptions,
  engineChecks,
  engineDefaults,
  type ResolvedEngineOptions,
} from "../../engine/options/options.ts";
import { isSupport, type PollingSupport } from "../../engine/options/polling-support.ts";
import { warnOfIgnored } from "./ignored-options.ts";
import type { Namespace } from "./namespace.ts";

/** A class that extends `Adapter`, or a function that returns an adapter (it is called with `new`). */
export type AdapterConstructor = (new (nsp: Namespace) => Adapter) | ((nsp: Namespace) => Adapter);

/** How sessions of clients that were lost for a short time are kept: the option `connectionStateRecovery`. */
export interface ConnectionStateRecoveryOptions {
  /** How long a lost session can be recovered, in milliseconds. Default: two minutes. */
  maxDisconnectionDuration?: number;
  /** Whether middlewares are skipped on recovery. Default true. */
  skipMiddlewares?: boolean;
  /**
   * `strict` writes what is sent before it is sent, so that a crash loses nothing; `batched`, the default,
   * shortly after.
   */
  durability?: "batched" | "strict";
  /** How often what is sent is written, in milliseconds, where it is batched. Default 100. */
  flushInterval?: number;
}

/** The same with all of them. */
export type RecoveryOptions = Required<ConnectionStateRecoveryOptions>;

export const recoveryDefaults: RecoveryOptions = {
  maxDisconnectionDuration: 120_000,
  skipMiddlewares: true,
  durability: "batched",
  flushInterval: 100,
};

/** Options of upstream that cannot be honoured here. They are ignored, with a warning. */
export interface IgnoredOptions {
  /** Ignored but on Node: the platforms compress answers by themselves. */
  httpCompression?: boolean | object;
  /** Ignored but on Node: where the platform compresses WebSockets, it does so by itself. */
  perMessageDeflate?: boolean | object;
  /** Ignored but on Node: the client's files are static assets elsewhere. */
  serveClient?: boolean;
  /** Ignored: WebSockets are the platform's, or those of the npm package `ws`. */
  wsEngine?: Any;
}

/** `Env`: the environment that the platform gives to functions. */
export interface ServerOptions<Env = Any> extends EngineOptions<Env>, IgnoredOptions {
  /** Lets clients that were lost for a short time continue their sessions. Default: off. */
  connectionStateRecovery?: ConnectionStateRecoveryOptions;
  /** Whether dynamic namespaces without members are removed. Default false. */
  cleanupEmptyChildNamespaces?: boolean;
  /**
   * When connection listeners run again after a sleep: for each socket when it is first needed, or for all of
   * them before the event that woke the object, for listeners that fill a registry. Default `"lazy"`.
   */
  replay?: "lazy" | "eager";
  /** The class of the namespaces' adapters. Default: the one that keeps everything in the object. */
  adapter?: AdapterConstructor;
}

/** Options with their defaults filled in. */
export type ResolvedOptions = Omit<ServerOptions, "transports"> &
  ResolvedEngineOptions &
  Required<Pick<ServerOptions, "cleanupEmptyChildNamespaces">>;

const defaults = { ...engineDefaults, cleanupEmptyChildNamespaces: false } satisfies ServerOptions;

/** What the options take. */
export const checks: Record<string, OptionCheck> = {
  ...engineChecks,
  connectionStateRecovery:
    typeof DORMOUSE_RECOVERY === "undefined" || DORMOUSE_RECOVERY
      ? {
          accepts: isPlainObject,
          expectation: "an object with its own options, or {}",
          fields: {
            maxDisconnectionDuration: positiveNumber,
            skipMiddlewares: boolean,
            durability,
            flushInterval: positiveNumber,
          },
        }
      : absent("DORMOUSE_RECOVERY"),
  cleanupEmptyChildNamespaces: boolean,
  replay: {
    accepts: (value) => value === "lazy" || value === "eager",
    expectation: '"lazy" or "eager"',
  },
  adapter: callable,
};

/** On or off, or on with options that nobody checks. */
export const switchOrOptions: OptionCheck = {
  accepts: (value) => typeof value === "boolean" || isPlainObject(value),
  expectation: "a boolean, or an object of options",
};

/** The checks of upstream's options that cannot be honoured here. */
export const unsupported: Record<string, OptionCheck> = {
  allowUpgrades: boolean,
  httpCompression: switchOrOptions,
  perMessageDeflate: switchOrOptions,
  serveClient: boolean,
  wsEngine: callable,
  cookie: {
    accepts: (value) => value === false,
    expectation: "false: there is no cookie without HTTP long-polling",
  },
};

/** Undefined where diagnostics were left out of the bundle. */
export const warnOfOption =
  typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS ? warnOfIgnored : undefined;

const POLLING = "polling";

/** What a host adds to the options. */
export interface HostOptions {
  /** How options are checked that it has beside the usual ones. */
  checks?: Record<string, OptionCheck>;
  /** HTTP long-polling, where its name is to be enough. */
  polling?: PollingSupport;
}

/**
 * Checks options and fills in the defaults. Throws a TypeError that names the option which is unknown
 * or of the wrong type; warns, once for each, of those that are ignored.
 */
export function resolveOptions(
  options: ServerOptions = {},
  { checks: hostChecks = {}, polling }: HostOptions = {},
): ResolvedOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("dormouse: the options must be an object");
  }
  const transports = options.transports ?? defaults.transports;
  const support = findSupport(transports, polling);
  const effective = { ...checks, ...support?.checks };
  const known = { ...unsupported, ...effective, ...hostChecks };
  const resolved: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(options)) {
    checkOption(known, name, value);
    if (value === undefined) continue;
    if (!Object.hasOwn(hostChecks, name)) warnOfOption?.(name, value);
    if (Object.hasOwn(effective, name)) resolved[name] = value;
  }
  resolved.transports = namesOf(transports);
  if (support !== undefined) resolved.polling = support;
  resolved.path = (resolved.path as string).replace(/\/$/, "");
  for (const name of ["pingInterval", "pingTimeout", "connectTimeout", "maxHttpBufferSize"]) {
    resolved[name] = Math.ceil(resolved[name] as number);
  }
  return resolved as unknown as ResolvedOptions;
}

/** Finds long-polling among the transports. `known`: what is taken for its name alone, if anything. */
function findSupport(transports: unknown, known?: PollingSupport): PollingSupport | undefined {
  if (!Array.isArray(transports)) return undefined;
  const support = transports.find(isSupport) ?? known;
  if (support === undefined && transports.includes(POLLING)) {
    throw new TypeError(
      'dormouse: option "transports": HTTP long-polling is an import of its own: ' +
        'import { polling } from "dormouse-io/polling", then transports: [polling, "websocket"]',
    );
  }
  return transports.some((one) => one === POLLING || isSupport(one)) ? support : undefined;
}

/** The transports that there are, by name. */
function namesOf(transports: readonly (string | PollingSupport)[]): string[] {
  const names = transports.map((one) => (isSupport(one) ? one.name : one));
  return [...new Set(names)].filter((name) => name !== "webtransport");
}
