/**
 * The part of the suite that runs inside the Worker: one Durable Object class per scenario, one
 * object per run. Imports nothing of the platform: the generated entry (see `workerd.ts`) hands in
 * what it needs of Dormouse.
 *
 * The logs are kept in a global of the module, which survives the eviction of an object (locally;
 * see it as a notebook beside the server, not as part of it).
 */
import type { Server } from "socket.io";
import { encodeEntry } from "../harness/encode.ts";
import type { Entry, Log, Scenario } from "../scenario.ts";
import { markRestoredListeners, repeat, withoutRepetition } from "./repetition.ts";

/** The last part of a path that asks for an object's log. */
export const LOG_PATH = "~log";

/** The last part of a path that makes an object abort. */
export const ABORT_PATH = "~abort";

/** What `setup` is told. */
interface Setup {
  name: string | undefined;
}

/** As much of the namespace of a class as is needed here. */
interface Objects {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(request: Request): Promise<Response> };
}

type Route = (
  request: Request,
  namespace: unknown,
  options: { path?: string; name: string },
) => Promise<Response | null>;

const logs = new Map<string, Entry[]>();

/** Objects that start, not for the first time. */
const waking = new Set<string>();

/** The `setup` of a scenario's class. `evicted`: whether objects leave memory during a run. */
export function serverHalf(scenario: Scenario, evicted: boolean) {
  return (io: Server, { name = "" }: Setup): void => {
    const known = logs.get(name);
    const entries = known ?? [];
    logs.set(name, entries);
    const log: Log = (event, ...values) => void entries.push(encodeEntry(event, values));
    if (!evicted) {
      scenario.server(io, log);
      return;
    }
    markRestoredListeners(io);
    if (known !== undefined) waking.add(name);
    const quiet = withoutRepetition(log, () => waking.has(name));
    if (known === undefined) scenario.server(io, quiet);
    else repeat(() => scenario.server(io, quiet));
  };
}

/** What an object has logged. */
export function logOf(name: string): Entry[] {
  return logs.get(name) ?? [];
}

/** To be called when an object has started. */
export function started({ id }: { id: { name?: string } }): void {
  waking.delete(id.name ?? "");
}

/** Every connection and all that is in memory is gone then, and no code runs. */
export function abortIfAsked(request: Request, ctx: { abort(): void }): void {
  if (new URL(request.url).pathname.endsWith(ABORT_PATH)) ctx.abort();
}

/** Handles `/<class's binding>/<object>/…`: the log, the abort, else Socket.IO below that prefix. */
export function fetchHandler(route: Route) {
  return async (request: Request, env: Record<string, unknown>): Promise<Response> => {
    const url = new URL(request.url);
    const [, binding = "", name = "", ...rest] = url.pathname.split("/");
    if (rest[0] === LOG_PATH) return Response.json(logs.get(name) ?? []);
    if (rest[0] === ABORT_PATH) {
      const objects = env[binding] as Objects;
      return objects.get(objects.idFromName(name)).fetch(request);
    }
    url.pathname = `/${rest.join("/")}`;
    const path = `/${rest[0]}`;
    const response = await route(new Request(url, request), env[binding], { path, name });
    return response ?? new Response("not found", { status: 404 });
  };
}
