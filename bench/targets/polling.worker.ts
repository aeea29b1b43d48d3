import { createServer, routeSocketIO } from "../../durable-objects/cloudflare/index.ts";
import { polling } from "../../glue/engine/polling/index.ts";
import { application } from "./application.ts";

/** The measured application as a Durable Object whose clients may poll. */
export const BenchObject = createServer({ transports: [polling, "websocket"] }, application);

interface Env {
  readonly OBJECT: DurableObjectNamespace;
}

export default {
  async fetch(request, env) {
    const response = await routeSocketIO(request, env.OBJECT, { name: "bench" });
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
