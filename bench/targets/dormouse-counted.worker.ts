/** The measured application, with everything counted that costs money while nothing happens. */
import { createServer, routeSocketIO } from "../../durable-objects/cloudflare/index.ts";
import { application } from "./application.ts";
import { COUNTERS_PATH, type Counters } from "./counters.ts";

interface Env {
  readonly OBJECT: DurableObjectNamespace;
}

const HANDLERS = ["fetch", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"];

// Of the isolate, not of the object: they must outlive its sleep, and there is one object only.
const counters: Counters = { events: 0, rowsWritten: 0, alarmWrites: 0 };
let isCounting = false;

const Chat = createServer(application);

export class BenchObject extends Chat {
  constructor(ctx: DurableObjectState, env: Env) {
    if (!isCounting) countWrites(ctx.storage);
    super(ctx, env);
    // On the object itself: that is where the platform finds the handlers of `createServer`.
    for (const name of HANDLERS) {
      wrap(this, name, () => {
        counters.events += 1;
      });
    }
  }
}

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === COUNTERS_PATH) {
      if (request.method === "POST") Object.assign(counters, NONE);
      return Response.json(counters);
    }
    const response = await routeSocketIO(request, env.OBJECT, { name: "bench" });
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;

const NONE: Counters = { events: 0, rowsWritten: 0, alarmWrites: 0 };

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
