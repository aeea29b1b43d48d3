import { createServer } from "../../durable-objects/cloudflare/index.ts";
import { application } from "./application.ts";

/** The measured application as a Durable Object. */
export const BenchObject = createServer(application);

export { oneObject as default } from "./one-object.worker.ts";
