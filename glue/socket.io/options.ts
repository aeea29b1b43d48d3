/** The options of a server: the engine's, and those of what stands on it. */

import type { Adapter } from "../adapter/adapter.ts";
import type { Any } from "../common/any.ts";
import {
  boolean,
  callable,
  checkOption,
  type OptionCheck,
  positiveNumber,
} from "../common/option-checks.ts";
import { isPlainObject } from "../common/values.ts";
import {
  type EngineOptions,
  engineChecks,
  engineDefaults,
  type ResolvedEngineOptions,
} from "../engine/options.ts";
import type { Namespace } from "./namespace.ts";

/** A class that extends `Adapter`, or a function that returns an adapter (it is called with `new`). */
export type AdapterConstructor = (new (nsp: Namespace) => Adapter) | ((nsp: Namespace) => Adapter);

export interface ConnectionStateRecoveryOptions {
  /** How long a lost session can be recovered, in milliseconds. Default: two minutes. */
  maxDisconnectionDuration?: number;
  /** Whether middlewares are skipped on recovery. Default true. */
  skipMiddlewares?: boolean;
}

/** `Env`: the environment that the platform gives to functions. */
export interface ServerOptions<Env = Any> extends EngineOptions<Env> {
  /** Lets clients that were lost for a short time continue their sessions. Default: off. */
  connectionStateRecovery?: ConnectionStateRecoveryOptions;
  /** Whether dynamic namespaces without members are removed. Default false. */
  cleanupEmptyChildNamespaces?: boolean;
  /** The class of the namespaces' adapters. Default: the one that keeps everything in the object. */
  adapter?: AdapterConstructor;
}

/** Options with their defaults filled in. */
export type ResolvedOptions = ServerOptions &
  ResolvedEngineOptions &
  Required<Pick<ServerOptions, "cleanupEmptyChildNamespaces">>;

const defaults = { ...engineDefaults, cleanupEmptyChildNamespaces: false } satisfies ServerOptions;

/** What the options take. */
export const checks: Record<string, OptionCheck> = {
  ...engineChecks,
  connectionStateRecovery: {
    accepts: isPlainObject,
    expectation: "an object with its own options",
    fields: { maxDisconnectionDuration: positiveNumber, skipMiddlewares: boolean },
  },
  cleanupEmptyChildNamespaces: boolean,
  adapter: callable,
};

/** Upstream's options for what is not here. They may be given as long as they switch nothing on. */
export const unsupported: Record<string, OptionCheck> = {
  allowUpgrades: boolean,
  httpCompression: { accepts: () => true, expectation: "anything" },
  addTrailingSlash: { accepts: (value) => value === true, expectation: "true: not supported" },
  serveClient: { accepts: isOff, expectation: "false: no client files are served" },
  perMessageDeflate: { accepts: isOff, expectation: "false: the platform compresses by itself" },
  cookie: { accepts: isOff, expectation: "false: there is no cookie without HTTP long-polling" },
};

function isOff(value: unknown): boolean {
  return value === false;
}

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
