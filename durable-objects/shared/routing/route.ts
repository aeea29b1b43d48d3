/** Leads a Worker's requests to the object that takes them. */
import { DIAGNOSTICS } from "../../../glue/common/diagnostics.ts";
import {
  absolutePath,
  boolean,
  checkOptions,
  describe,
  type OptionCheck,
} from "../../../glue/common/option-checks.ts";
import { TROUBLES } from "../../../glue/common/pages.ts";
import type { Any } from "../../../glue/socket.io/types/typed-events.ts";
import { type Shards, shardsCheck } from "../create-server/shards-option.ts";
import { diagnosticsPart } from "../diagnostics/diagnostics-part.ts";
import { isUrlUnderPath } from "../handshake/handshake.ts";
import { answeringMistakes, WorkerMistake } from "./worker-mistakes.ts";

/** As much of a Durable Object binding as routing needs. */
export interface ObjectNamespace {
  /** The id of the object with this name. */
  idFromName(name: string): Any;
  /** A stub of the object with this id. */
  get(id: Any, options?: Any): { fetch(request: Request): Promise<Response> };
}

/** How requests find the server: its options, as far as they matter for that. */
export interface RouteOptions {
  /** The `path` option of the server. Default `/socket.io`. */
  path?: string;
  /** The option of the server. Default true. */
  addTrailingSlash?: boolean;
  /** The name of the object that takes the request. Default: one object for all. */
  name?: string | ((request: Request) => string | Promise<string>);
  /** The `shards` option of the server. */
  shards?: Shards;
}

const DEFAULTS = { path: "/socket.io", name: "default" };

const CHECKS: Record<keyof RouteOptions, OptionCheck> = {
  path: absolutePath,
  addTrailingSlash: boolean,
  name: { accepts: isName, expectation: "a string or a function of the request" },
  shards: shardsCheck,
};

/**
 * Leads a Socket.IO request to its object; null for all other paths. A mistake in what it is given (a binding
 * that is not there, a `name` function that gives none) is logged once and answered with its text and
 * status 500. What a `name` function throws is thrown.
 *
 * @example
 * const response = await routeSocketIO(request, env.CHAT, { name: roomOf });
 * return response ?? new Response("not found", { status: 404 });
 */
export function routeSocketIO(
  request: Request,
  namespace: ObjectNamespace,
  options: RouteOptions = {},
): Promise<Response | null> {
  try {
    return route(request, namespace, options);
  } catch (error) {
    return answeringMistakes(() => {
      throw error;
    });
  }
}

/** What the object answers is handed on as it is: each promise in between is paid for by each client. */
function route(
  request: Request,
  namespace: ObjectNamespace,
  options: RouteOptions,
): Promise<Response | null> {
  checkCall(request, options);
  const { path = DEFAULTS.path, name = DEFAULTS.name } = options;
  const own = path.endsWith("/") ? path.slice(0, -1) : path;
  if (!isUrlUnderPath(request.url, own, options)) {
    diagnosticsPart?.noteUntaken(request, own);
    return Promise.resolve(null);
  }
  diagnosticsPart?.noteTaken(request);
  checkBinding(namespace);
  const objectName: unknown = typeof name === "function" ? name(request) : name;
  if (typeof objectName === "string" && options.shards === undefined) {
    return namespace.get(idOf(namespace, objectName)).fetch(request);
  }
  return answeringMistakes(() =>
    routeByNameOrShard(request, namespace, objectName, options.shards),
  );
}

/** `given`: what the option `name` gave. */
async function routeByNameOrShard(
  request: Request,
  namespace: ObjectNamespace,
  given: unknown,
  shards: Shards | undefined,
): Promise<Response> {
  const objectName: unknown = await given;
  if (typeof objectName !== "string") {
    throw new WorkerMistake(
      "name",
      `option "name" of routeSocketIO must give the name of an object, a string; it gave ${describe(objectName)}`,
    );
  }
  if (shards === undefined) {
    return namespace.get(namespace.idFromName(objectName)).fetch(request);
  }
  const { name: shard, locationHint } = await shards._route(request, objectName, namespace);
  const hint = locationHint === undefined ? undefined : { locationHint };
  return namespace.get(namespace.idFromName(shard), hint).fetch(request);
}

function checkCall(request: unknown, options: unknown): void {
  if (!(request instanceof Request)) {
    throw new WorkerMistake(
      "request",
      `routeSocketIO needs the Request as its first argument (in Hono: c.req.raw), got ${describe(request)}`,
    );
  }
  if (typeof options !== "object" || options === null) {
    throw new WorkerMistake(
      "options",
      `the options of routeSocketIO must be an object, got ${describe(options)}`,
    );
  }
  if (areUsual(options)) return;
  try {
    checkOptions(CHECKS, options);
  } catch (error) {
    throw new WorkerMistake(
      "options",
      `routeSocketIO: ${(error as Error).message.replace(/^dormouse: /, "")}`,
    );
  }
}

function isName(value: unknown): boolean {
  return typeof value === "string" || typeof value === "function";
}

/** Whether the rules need not be asked, as with nearly every request: without lists of names and values. */
function areUsual(options: RouteOptions): boolean {
  for (const name in options) {
    if (name !== "name" && name !== "path") return false;
    const value = options[name];
    if (name === "path" ? !absolutePath.accepts(value) : !isName(value)) return false;
  }
  return true;
}

/** The id that was asked for last: making one takes a hash of its name, which is the same for every client. */
let last: { namespace: ObjectNamespace; name: string; id: Any } | undefined;

function idOf(namespace: ObjectNamespace, name: string): Any {
  if (last?.namespace !== namespace || last.name !== name) {
    last = { namespace, name, id: namespace.idFromName(name) };
  }
  return last.id;
}

function checkBinding(namespace: ObjectNamespace | undefined): void {
  if (typeof namespace?.idFromName === "function" && typeof namespace.get === "function") return;
  throw new WorkerMistake(
    "binding",
    DIAGNOSTICS
      ? "routeSocketIO needs the binding of a Durable Object class as its second argument (such as env.CHAT), " +
          `got ${describe(namespace)}: is it among the durable_objects bindings of the Worker's ` +
          "configuration, under the name that the code says?"
      : `routeSocketIO needs a binding, got ${describe(namespace)}: ${TROUBLES}`,
  );
}
