import { createServer } from "../../durable-objects/cloudflare/index.ts";
import { application } from "./application.ts";
import { HEARTBEAT } from "./heartbeat.ts";

/** The measured application with a shorter interval, so that a heartbeat can be waited for. */
export const BenchObject = createServer({ pingInterval: HEARTBEAT }, application);

export { oneObject as default } from "./one-object.worker.ts";
