/**
 * The whole suite with clients that poll, and with clients that upgrade as they do by default: on Node and in
 * Durable Objects. `scenarios.polling.test.ts` has a part of it.
 */
import { ALL } from "./all.ts";
import { compare } from "./runner.ts";
import { node } from "./servers/node.ts";
import { workerd } from "./servers/workerd.ts";

for (const clients of ["polling", "upgrading"] as const) {
  compare(node({ hibernate: false, clients }), ALL);
  compare(workerd({ evict: false, clients }), ALL);
}
compare(node({ hibernate: true, clients: "upgrading" }), ALL);
compare(workerd({ evict: true, clients: "upgrading" }), ALL);
