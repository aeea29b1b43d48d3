/** Server code for `socket.io` shows the same with Dormouse on Node that sleeps before every event. */
import { ALL } from "./all.ts";
import { compare } from "./runner.ts";
import { node } from "./servers/node.ts";

compare(node({ hibernate: true }), ALL);
