import { createServer } from "../../durable-objects/cloudflare/index.ts";
import { application } from "./application.ts";

/** The measured application as a Durable Object whose clients recover their sessions. */
export const BenchObject = createServer({ connectionStateRecovery: {} }, application);

export { oneObject as default } from "./one-object.worker.ts";
