/**
 * What is said to others shows the same on three sleeping shards as on three servers of a cluster. All scenarios:
 * `scenarios.shards.long.test.ts`.
 */
import { BROADCAST } from "./groups/broadcast.scenarios.ts";
import { BROADCAST_ACKS } from "./groups/broadcast-acks.scenarios.ts";
import { ROOMS } from "./groups/rooms.scenarios.ts";
import { UTILITIES } from "./groups/utilities.scenarios.ts";
import { compare } from "./runner.ts";
import { clusterOracle } from "./servers/oracle-cluster.ts";
import { shards } from "./servers/shards.ts";

const SOME = [...BROADCAST, ...BROADCAST_ACKS, ...ROOMS, ...UTILITIES];

compare(shards(SOME), SOME, clusterOracle);
