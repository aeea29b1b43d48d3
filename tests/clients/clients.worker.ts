/** The application in a Durable Object that admits older clients. */
import { createServer, routeSocketIO } from "dormouse-io";
import { application, OPTIONS } from "./application.ts";

export const Clients = createServer(OPTIONS, application);

export default {
  async fetch(request, env) {
    const response = await routeSocketIO(request, env.CLIENTS);
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<{ readonly CLIENTS: DurableObjectNamespace }>;
