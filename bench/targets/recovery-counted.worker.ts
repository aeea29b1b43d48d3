/** The measured application with connection state recovery, counted; and broadcasts from within. */
import { createServer } from "../../durable-objects/cloudflare/index.ts";
import { application } from "./application.ts";
import { countEvents, countStorage, type Env, handleFetch } from "./counted.worker.ts";
import { BURST_PATH } from "./counters.ts";

const HOUR = 3_600_000;
const TICK = 10;

const Chat = createServer(
  { connectionStateRecovery: { maxDisconnectionDuration: HOUR } },
  application,
);

export class BenchObject extends Chat {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage);
    super(ctx, env);
    countEvents(this);
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== BURST_PATH) return super.fetch(request);
    const [count, duration] = ["count", "duration"].map((name) => Number(searchParams.get(name)));
    await this.#burst(count ?? 0, duration ?? 0);
    return new Response("done");
  }

  /** As many broadcasts as `count`, spread over `duration` milliseconds. */
  async #burst(count: number, duration: number): Promise<void> {
    const start = Date.now();
    let sent = 0;
    while (sent < count) {
      const passed = Date.now() - start;
      const due =
        duration === 0 ? count : Math.min(count, Math.ceil((count * (passed + 1)) / duration));
      for (; sent < due; sent++) this.io.emit("news", sent);
      await new Promise((resolve) => setTimeout(resolve, TICK));
    }
  }
}

export default {
  fetch(request, env) {
    if (new URL(request.url).pathname !== BURST_PATH) return handleFetch(request, env);
    return env.OBJECT.get(env.OBJECT.idFromName("bench")).fetch(request);
  },
} satisfies ExportedHandler<Env>;
