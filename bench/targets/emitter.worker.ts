import { createServer, routeSocketIO } from "../../durable-objects/cloudflare/index.ts";
import { emitter } from "../../layers/emitter/workerd.ts";
import { application, ROOM } from "./application.ts";
import { EMIT_PATH } from "./counters.ts";

/** The measured application, which the Worker emits to. */
export const BenchObject = createServer(application);

interface Env {
  readonly OBJECT: DurableObjectNamespace;
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === EMIT_PATH) {
      await emit(env, Number(searchParams.get("calls")), Number(searchParams.get("together")));
      return new Response("done");
    }
    const response = await routeSocketIO(request, env.OBJECT, { name: "bench" });
    return response ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;

/** So many calls, `together` of them in one turn; the next turn follows when the server has them. */
async function emit(env: Env, calls: number, together: number): Promise<void> {
  const io = emitter(env.OBJECT, { name: "bench" });
  for (let made = 0; made < calls; made += together) {
    for (let call = 0; call < together; call += 1) io.to(ROOM).emit("news", "x");
    await io.flush();
  }
}
