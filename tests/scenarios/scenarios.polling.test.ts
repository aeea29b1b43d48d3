/**
 * A part of the suite with clients that poll, and with clients that upgrade as they do by default. The whole of it
 * is in `scenarios.polling.long.test.ts`.
 */
import { CHAT } from "./apps/chat.scenarios.ts";
import { ACKS } from "./groups/acks.scenarios.ts";
import { BINARY } from "./groups/binary.scenarios.ts";
import { CONNECTION } from "./groups/connection.scenarios.ts";
import { DISCONNECT } from "./groups/disconnect.scenarios.ts";
import { ORDERING } from "./groups/ordering.scenarios.ts";
import { compare } from "./runner.ts";
import { node } from "./servers/node.ts";
import { workerd } from "./servers/workerd.ts";

const PART = [...CONNECTION, ...ACKS, ...BINARY, ...DISCONNECT, ...ORDERING, ...CHAT];

compare(node({ hibernate: false, clients: "polling" }), PART);
compare(node({ hibernate: true, clients: "upgrading" }), PART);
compare(workerd({ evict: true, clients: "upgrading" }), PART);
