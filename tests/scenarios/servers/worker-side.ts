/**
 * The part of the suite that runs inside the Worker: one Durable Object class per scenario, one
 * object per run. Imports nothing of the platform: the generated entry (see `workerd.ts`) hands in
 * what it needs of Dormouse.
 *
 * The logs are kept in a global of the module, which survives the eviction of an object (locally;
 * see it as a notebook beside the server, not as part of it).
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Server, Socket } from "socket.io";
import { encodeEntry } from "../harness/encode.ts";
import type { Entry, Scenario } from "../scenario.ts";

/** The last part of a path that asks for an object's log. */
export const LOG_PATH = "~log";

/** What `setup` is told. */
interface Setup {
  name: string | undefined;
}

type Route = (
  request: Request,
  namespace: unknown,
  options: { path?: string; name: string },
) => Promise<Response | null>;

type Listener = (this: unknown, ...args: unknown[]) => unknown;

const logs = new Map<string, Entry[]>();

/**
 * Set while something happens again that has happened before the object slept: what is logged then
 * has been logged already.
 */
const repeated = new AsyncLocalStorage<true>();

/** The `setup` of a scenario's class. `evicted`: whether objects leave memory during a run. */
export function serverHalf(scenario: Scenario, evicted: boolean) {
  return (io: Server, { name = "" }: Setup): void => {
    const known = logs.get(name);
    const entries = known ?? [];
    logs.set(name, entries);
    if (evicted) muteRepeatedListeners(io);
    const run = () =>
      scenario.server(io, (event, ...values) => {
        if (!repeated.getStore()) entries.push(encodeEntry(event, values));
      });
    if (known === undefined) run();
    else repeated.run(true, run);
  };
}

/** Handles `/<class's binding>/<object>/…`: the log, else Socket.IO below that prefix. */
export function fetchHandler(route: Route) {
  return async (request: Request, env: Record<string, unknown>): Promise<Response> => {
    const url = new URL(request.url);
    const [, binding = "", name = "", ...rest] = url.pathname.split("/");
    if (rest[0] === LOG_PATH) return Response.json(logs.get(name) ?? []);
    url.pathname = `/${rest.join("/")}`;
    const path = `/${rest[0]}`;
    const response = await route(new Request(url, request), env[binding], { path, name });
    return response ?? new Response("not found", { status: 404 });
  };
}

/** Connection listeners run again for sockets that slept; what they log then is not new. */
function muteRepeatedListeners(io: Server): void {
  const prototype = Object.getPrototypeOf(io.sockets) as { on: Listener; muting?: true };
  if (prototype.muting) return;
  const { on } = prototype;
  prototype.muting = true;
  prototype.on = function (this: unknown, event: unknown, listener: unknown) {
    if (event !== "connection" && event !== "connect") return on.call(this, event, listener);
    return on.call(this, event, muted(listener as Listener));
  };
}

function muted(listener: Listener): Listener {
  return function (this: unknown, socket: unknown) {
    const { restored } = socket as Socket & { restored?: boolean };
    const run = () => listener.call(this, socket);
    return restored ? repeated.run(true, run) : run();
  };
}
