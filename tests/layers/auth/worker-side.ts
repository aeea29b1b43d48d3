/**
 * The part of the suite that runs inside of Workers: one class for all rules, an object for each run,
 * whose name says the rule. The logs are kept in a global of the module, which survives the eviction of
 * an object locally: a notebook beside the server.
 */
import type { Server } from "../../../glue/socket.io/index.ts";
import { encodeEntry } from "../../scenarios/harness/encode.ts";
import type { Entry } from "../../scenarios/scenario.ts";
import { ALL } from "./all.ts";

const LOG_PATH = "~log";
const logs = new Map<string, Entry[]>();

/** The `setup` of the class. */
export function setUp(io: Server, name: string): void | Promise<void> {
  const entries = logs.get(name) ?? [];
  logs.set(name, entries);
  const log = (event: string, ...values: unknown[]) => entries.push(encodeEntry(event, values));
  return ALL[Number.parseInt(name, 10)]?.server(io, log);
}

type Handle = (request: Request, name: string, env: never) => Promise<Response | null | undefined>;

/** Handles `/<object>/…`: the log, else what `handle` makes of the request without that prefix. */
export function fetchHandler(handle: Handle) {
  return async (request: Request, env: never): Promise<Response> => {
    const url = new URL(request.url);
    const [, name = "", ...rest] = url.pathname.split("/");
    if (rest[0] === LOG_PATH) return Response.json(logs.get(name) ?? []);
    url.pathname = `/${rest.join("/")}`;
    const response = await handle(new Request(url, request), name, env);
    return response ?? new Response("not found", { status: 404 });
  };
}
