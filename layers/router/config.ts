/** What a router is configured with. */
import type { EngineRequest } from "../../glue/socket.io/index.ts";
import type { Context } from "./handling/context.ts";
import type { Middleware } from "./handling/handlers.ts";
import type { SessionSource } from "./session/source.ts";
import type { Any, RouterTypes } from "./types.ts";

/** The middlewares of one namespace: functions, or names of those in `middleware`. */
export interface NamespaceConfig<T extends RouterTypes> {
  /** Around each connection: what stands behind `next()` runs when the socket disconnects. */
  connectionMiddleware?: (Middleware<T> | string)[];
  /** Around each packet that a client sends. */
  packetMiddleware?: (Middleware<T> | string)[];
}

/** What `createRouter` takes. */
export interface RouterConfig<T extends RouterTypes> {
  /** The namespaces' middlewares, by the names of the namespaces. */
  namespace?: Record<string, NamespaceConfig<T>>;
  /** Middlewares by their names. */
  middleware?: Record<string, Middleware<Any>>;
  /** What handlers find in `ctx.app`, beside `io`: services, the environment. */
  app?: T["app"];
  /** Where `ctx.session` comes from. */
  session?: SessionSource<T["session"]>;
  /**
   * Makes the ids of connections, as `io.engine.generateId`. They must be unique and hard to guess. In
   * PartyKit it is `createServer` that takes this option.
   */
  generateId?: (request: EngineRequest) => string | PromiseLike<string>;
  /**
   * Told of what no middleware catches: with the context, and the name of the event. Default: a line on
   * the console with namespace, socket and event.
   */
  onError?: (error: unknown, ctx: Context<T>, event: string) => void;
}

const KEYS = ["namespace", "middleware", "app", "session", "generateId", "onError"];
const NAMESPACE_KEYS = ["connectionMiddleware", "packetMiddleware"];

/** Throws a TypeError for a key that does not exist. */
export function checkConfig(config: RouterConfig<Any>): void {
  checkKeys(config, KEYS, "the router's configuration");
  for (const [name, namespace] of Object.entries(config.namespace ?? {})) {
    checkNamespaceConfig(namespace, name);
  }
}

/** Throws a TypeError for a mistake in the configuration of one namespace. */
export function checkNamespaceConfig(config: NamespaceConfig<Any>, name: string): void {
  checkKeys(config, NAMESPACE_KEYS, `the configuration of namespace ${name}`);
}

/** The middlewares of a list. Throws for names that stand for none. */
export function findMiddlewares(
  list: unknown,
  known: Record<string, Middleware<Any>> = {},
): Middleware<Any>[] {
  if (!Array.isArray(list)) throw new TypeError("dormouse: a list of middlewares must be an array");
  return list.map((entry: Middleware<Any> | string) => {
    if (typeof entry !== "string") return entry;
    if (Object.hasOwn(known, entry)) return known[entry] as Middleware<Any>;
    const names = Object.keys(known).join(", ") || "none";
    throw new TypeError(`dormouse: there is no middleware "${entry}"; there are: ${names}`);
  });
}

function checkKeys(value: unknown, keys: readonly string[], what: string): void {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`dormouse: ${what} must be an object`);
  }
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue;
    throw new TypeError(`dormouse: ${what} has no "${key}"; there are: ${keys.join(", ")}`);
  }
}
