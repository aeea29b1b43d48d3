/** Server code for `socket.io` shows the same in PartyServer that sleeps before every event. */
import { ALL } from "./all.ts";
import { compare } from "./runner.ts";
import { PARTYSERVER } from "./servers/partyserver.ts";
import { workerd } from "./servers/workerd.ts";

compare(workerd({ evict: true, kind: PARTYSERVER }), ALL);
