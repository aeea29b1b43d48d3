/** The application in Durable Objects, one of them with quick heartbeats. */
import { createServer, routeSocketIO } from "dormouse-io";
import { application, LIVELY } from "./application.ts";

interface Env {
  readonly CALM: DurableObjectNamespace;
  readonly LIVELY: DurableObjectNamespace;
}

export const Calm = createServer(application);
export const Lively = createServer(LIVELY, application);

export default {
  async fetch(request, env) {
    const isLively = new URL(request.url).searchParams.has("lively");
    const response = await routeSocketIO(request, isLively ? env.LIVELY : env.CALM);
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
