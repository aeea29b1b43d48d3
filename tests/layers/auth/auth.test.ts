// The helper, sentence by sentence, on every host, asleep before every event.
import { testRules } from "../harness/hosts.ts";
import { ALL } from "./all.ts";
import { HOSTS } from "./hosts.ts";

for (const host of HOSTS) testRules("auth", host, ALL);
