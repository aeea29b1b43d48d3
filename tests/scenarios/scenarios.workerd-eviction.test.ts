/** Server code for `socket.io` shows the same in a Durable Object that sleeps before every event. */
import { ALL } from "./all.ts";
import { compare } from "./runner.ts";
import { workerd } from "./servers/workerd.ts";

compare(workerd({ evict: true }), ALL);
