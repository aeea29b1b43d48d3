/**
 * What runs inside of Workers for every layer: one class for all rules, an object for each run, whose name says the
 * rule. The logs are kept in a global of the module, which survives the eviction of an object locally: a notebook
 * beside the server.
 */
import { encodeEntry } from "../../scenarios/harness/encode.ts";
import type { Entry, Log } from "../../scenarios/scenario.ts";

const LOG_PATH = "~log";
const logs = new Map<string, Entry[]>();

/** The rule of an object, by its name. */
export function ruleOf<Rule>(all: readonly Rule[], name: string): Rule | undefined {
  return all[Number.parseInt(name, 10)];
}

/** The notebook of an object. */
export function logOf(name: string): Log {
  const entries = logs.get(name) ?? [];
  logs.set(name, entries);
  return (event, ...values) => entries.push(encodeEntry(event, values));
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
