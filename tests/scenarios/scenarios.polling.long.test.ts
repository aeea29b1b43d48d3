/**
 * The whole suite with clients that poll, and with clients that upgrade as they do by default: on Node, in
 * Durable Objects, PartyServer's class and PartyKit's rooms. `scenarios.polling.test.ts` has a part of it.
 */
import { ALL } from "./all.ts";
import { compare } from "./runner.ts";
import { node } from "./servers/node.ts";
import { PARTYKIT } from "./servers/partykit.ts";
import { PARTYSERVER } from "./servers/partyserver.ts";
import { workerd } from "./servers/workerd.ts";

for (const clients of ["polling", "upgrading"] as const) {
  compare(node({ hibernate: false, clients }), ALL);
  compare(workerd({ evict: false, clients }), ALL);
}
compare(node({ hibernate: true, clients: "upgrading" }), ALL);
compare(workerd({ evict: true, clients: "upgrading" }), ALL);

for (const kind of [PARTYSERVER, PARTYKIT]) {
  compare(workerd({ evict: false, kind, clients: "polling" }), ALL);
  compare(workerd({ evict: true, kind, clients: "upgrading" }), ALL);
}
