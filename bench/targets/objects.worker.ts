import { createServer, routeSocketIO } from "../../durable-objects/cloudflare/index.ts";
import { application } from "./application.ts";

/** The measured application as many Durable Objects. */
export const BenchObject = createServer(application);

interface Env {
  readonly OBJECT: DurableObjectNamespace;
}

export default {
  async fetch(request, env) {
    const name = new URL(request.url).searchParams.get("object") ?? "bench";
    const response = await routeSocketIO(request, env.OBJECT, { name });
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
