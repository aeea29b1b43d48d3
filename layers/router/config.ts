/** What a router is configured with. */
import {
  callable,
  checkOptionsOf,
  having,
  type OptionCheck,
} from "../../glue/common/option-checks.ts";
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

const object: OptionCheck = {
  accepts: (value) => typeof value === "object" && value !== null,
  expectation: "an object",
};
const list: OptionCheck = {
  accepts: Array.isArray,
  expectation: "an array of middlewares, or of their names",
};

const CHECKS: Record<keyof RouterConfig<Any>, OptionCheck> = {
  namespace: object,
  middleware: object,
  app: object,
  session: having(["attach", "open"], "what createSessions() or expressSessions() gives"),
  generateId: callable,
  onError: callable,
};

const NAMESPACE_CHECKS: Record<keyof NamespaceConfig<Any>, OptionCheck> = {
  connectionMiddleware: list,
  packetMiddleware: list,
};

/** Throws a TypeError for an option that is unknown or ill-typed. */
export function checkConfig(config: RouterConfig<Any>): void {
  checkOptionsOf("createRouter", CHECKS, config);
  for (const [name, namespace] of Object.entries(config.namespace ?? {})) {
    checkNamespaceConfig(namespace, name);
  }
}

/** Throws a TypeError for a mistake in the configuration of one namespace. */
export function checkNamespaceConfig(config: NamespaceConfig<Any>, name: string): void {
  checkOptionsOf(`namespace ${name}`, NAMESPACE_CHECKS, config);
}

/** The middlewares of a list. Throws for names that stand for none. */
export function findMiddlewares(
  entries: readonly (Middleware<Any> | string)[],
  known: Record<string, Middleware<Any>> = {},
): Middleware<Any>[] {
  return entries.map((entry) => {
    if (typeof entry !== "string") return entry;
    if (Object.hasOwn(known, entry)) return known[entry] as Middleware<Any>;
    const names = Object.keys(known).join(", ") || "none";
    throw new TypeError(`dormouse: there is no middleware "${entry}"; there are: ${names}`);
  });
}
