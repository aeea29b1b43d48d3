import { createServer } from "../../durable-objects/cloudflare/index.ts";
import { polling } from "../../glue/engine/polling/index.ts";
import { application } from "./application.ts";

/** The measured application as a Durable Object whose clients may poll. */
export const BenchObject = createServer({ transports: [polling, "websocket"] }, application);

export { oneObject as default } from "./one-object.worker.ts";
