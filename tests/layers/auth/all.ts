/** Every rule. Their places in this list name the objects of a run. */
import { AUTHENTICATION } from "./rules/authentication.ts";
import { METHODS } from "./rules/methods.ts";
import { ROOMS } from "./rules/rooms.ts";
import { SLEEP } from "./rules/sleep.ts";

export const ALL = [...AUTHENTICATION, ...ROOMS, ...METHODS, ...SLEEP];
