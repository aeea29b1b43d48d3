// The router, sentence by sentence, on every host, asleep before every event.
import { testRules } from "../harness/hosts.ts";
import { ALL } from "./all.ts";
import { HOSTS } from "./hosts.ts";

for (const [kind, host] of HOSTS) {
  testRules(
    "router",
    host,
    ALL.filter(({ not }) => not?.[kind] === undefined),
  );
}
