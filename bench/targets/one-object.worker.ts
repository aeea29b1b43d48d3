import { routeSocketIO } from "../../durable-objects/cloudflare/index.ts";

interface Env {
  readonly OBJECT: DurableObjectNamespace;
}

/** A Worker that leads all clients to one object. */
export const oneObject = {
  async fetch(request, env) {
    const response = await routeSocketIO(request, env.OBJECT, { name: "bench" });
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
