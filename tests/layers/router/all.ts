/** Every rule. Their places in this list name the objects of a run. */
import { CONNECTIONS } from "./rules/connections.ts";
import { CONTROLLERS } from "./rules/controllers.ts";
import { PACKETS } from "./rules/packets.ts";
import { ROUTES } from "./rules/routes.ts";
import { SESSIONS } from "./rules/sessions.ts";

export const ALL = [...ROUTES, ...CONTROLLERS, ...PACKETS, ...CONNECTIONS, ...SESSIONS];
