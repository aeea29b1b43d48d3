/** Who is lost recovers on another of three sleeping shards what it would on one server. */
import { RECOVERY } from "./groups/recovery.scenarios.ts";
import { compare } from "./runner.ts";
import { wanderedShards } from "./servers/shards.ts";

compare(wanderedShards(RECOVERY), RECOVERY);
