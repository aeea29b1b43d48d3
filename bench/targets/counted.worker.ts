/** Objects with everything counted that costs money while nothing happens. */
import { routeSocketIO } from "../../durable-objects/cloudflare/index.ts";
import { COUNTERS_PATH, type Counters } from "./counters.ts";

export interface Env {
  readonly OBJECT: DurableObjectNamespace;
}

const HANDLERS = ["fetch", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"];
const NONE: Counters = { events: 0, rowsWritten: 0, alarmWrites: 0 };

// Of the isolate, not of the object: they must outlive its sleep, and there is one object only.
const counters: Counters = { ...NONE };
let isCounting = false;

/** Counts what is written from now on. To be called before the server is made. */
export function countStorage(storage: DurableObjectStorage): void {
  if (!isCounting) countWrites(storage);
}

/** Counts what wakes the object. To be called once the server is made. */
export function countEvents(object: object): void {
  // On the object itself: that is where the platform finds the handlers of `createServer`.
  for (const name of HANDLERS) {
    wrap(object, name, () => {
      counters.events += 1;
    });
  }
}

/** Answers at `COUNTERS_PATH`, and hands the rest on to the object `bench`. */
export async function handleFetch(request: Request, env: Env): Promise<Response> {
  if (new URL(request.url).pathname === COUNTERS_PATH) {
    if (request.method === "POST") Object.assign(counters, NONE);
    return Response.json(counters);
  }
  const response = await routeSocketIO(request, env.OBJECT, { name: "bench" });
  return response ?? new Response("not found", { status: 404 });
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Counts on the prototypes, which all handles on the storage share. */
function countWrites(storage: DurableObjectStorage): void {
  isCounting = true;
  const row = () => {
    counters.rowsWritten += 1;
  };
  const alarm = () => {
    counters.alarmWrites += 1;
  };
  const prototype: unknown = Object.getPrototypeOf(storage);
  for (const name of ["put", "delete", "deleteAll"]) wrap(prototype, name, row);
  for (const name of ["setAlarm", "deleteAlarm"]) wrap(prototype, name, alarm);
  const keys: unknown = Object.getPrototypeOf(storage.kv);
  for (const name of ["put", "delete"]) wrap(keys, name, row);
  wrap(Object.getPrototypeOf(storage.sql), "exec", (cursor) => {
    counters.rowsWritten += (cursor as { rowsWritten: number }).rowsWritten;
  });
}

/** Replaces a method by one that also calls `note` with the result. */
function wrap(owner: unknown, name: string, note: (result: unknown) => void): void {
  const method = (owner as Record<string, Method | undefined>)[name];
  if (method === undefined) return;
  const wrapped: Method = function (...args) {
    const result = method.apply(this, args);
    note(result);
    return result;
  };
  Object.defineProperty(owner as object, name, {
    value: wrapped,
    configurable: true,
    writable: true,
  });
}
