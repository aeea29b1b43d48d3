/** Server code for `socket.io` shows the same in PartyKit that sleeps before every event. */
import { ALL } from "./all.ts";
import { compare } from "./runner.ts";
import { PARTYKIT } from "./servers/partykit.ts";
import { workerd } from "./servers/workerd.ts";

compare(workerd({ evict: true, kind: PARTYKIT }), ALL);
