/**
 * Connection state recovery shows what `socket.io` shows on a server that lives, on objects that die whenever
 * nobody is there. With `DORMOUSE_LONG`, on every host and in every way; else in those that say most.
 */
import { RECOVERY } from "./groups/recovery.scenarios.ts";
import { compare } from "./runner.ts";
import type { Scenario } from "./scenario.ts";
import { type Death, dying } from "./servers/dying.ts";
import { PARTYKIT } from "./servers/partykit.ts";
import { PARTYSERVER } from "./servers/partyserver.ts";
import { DURABLE_OBJECTS, type Kind } from "./servers/workerd.ts";

/** Rooms of PartyKit have nothing to abort them with. */
const LONG: [Kind, Death[]][] = [
  [DURABLE_OBJECTS, ["closed", "aborted", "killed"]],
  [PARTYSERVER, ["closed", "aborted", "killed"]],
  [PARTYKIT, ["closed", "killed"]],
];

const BRIEF = "recovery: id, rooms, data and the missed packets come back";

function register(kind: Kind, death: Death, list: readonly Scenario[]): void {
  compare(dying({ kind, death, list }), list);
}

if (process.env.DORMOUSE_LONG !== undefined) {
  for (const [kind, deaths] of LONG) for (const death of deaths) register(kind, death, RECOVERY);
} else {
  register(DURABLE_OBJECTS, "aborted", RECOVERY);
  register(
    DURABLE_OBJECTS,
    "killed",
    RECOVERY.filter(({ name }) => name === BRIEF),
  );
}
