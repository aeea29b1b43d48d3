import { createServer, routeSocketIO } from "../../durable-objects/cloudflare/index.ts";
import { application } from "./application.ts";
import { HEARTBEAT } from "./heartbeat.ts";

/** The measured application with a shorter interval, so that a heartbeat can be waited for. */
export const BenchObject = createServer({ pingInterval: HEARTBEAT }, application);

interface Env {
  readonly OBJECT: DurableObjectNamespace;
}

export default {
  async fetch(request, env) {
    const response = await routeSocketIO(request, env.OBJECT, { name: "bench" });
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
