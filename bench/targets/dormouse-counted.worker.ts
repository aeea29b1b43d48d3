/** The measured application, counted. */
import { createServer } from "../../durable-objects/cloudflare/index.ts";
import { application } from "./application.ts";
import { countEvents, countStorage, type Env, handleFetch } from "./counted.worker.ts";

const Chat = createServer(application);

export class BenchObject extends Chat {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage);
    super(ctx, env);
    countEvents(this);
  }
}

export default { fetch: handleFetch } satisfies ExportedHandler<Env>;
