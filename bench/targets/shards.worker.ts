import { env } from "cloudflare:workers";
import { createServer, routeSocketIO } from "../../durable-objects/cloudflare/index.ts";
import { shards } from "../../durable-objects/shards/index.ts";
import { application } from "./application.ts";
import { CALLS_PATH } from "./counters.ts";

/** Anywhere, or on the shard that the address names. */
const spread = shards({
  count: Number((env as { SHARDS?: string }).SHARDS),
  by(request) {
    const shard = new URL(request.url).searchParams.get("shard");
    return shard === null ? undefined : Number(shard);
  },
});

/** Calls between shards since the process started: all objects are in one isolate. */
let calls = 0;

/** The measured application over several Durable Objects. */
export class BenchObject extends createServer({ shards: spread }, application) {
  dormousePerform(message: unknown): Promise<unknown> {
    calls += 1;
    // @ts-expect-error It is not in the types: it is the library's own.
    return super.dormousePerform(message);
  }
}

interface Env {
  readonly OBJECT: DurableObjectNamespace;
}

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === CALLS_PATH) return Response.json(calls);
    const response = await routeSocketIO(request, env.OBJECT, { name: "bench", shards: spread });
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
