/** Server code for `socket.io` shows the same on three sleeping shards as on three servers of a cluster, or as on one. */
import { ALL } from "./all.ts";
import { compare } from "./runner.ts";
import { clusterOracle } from "./servers/oracle-cluster.ts";
import { shards, shardsAsOne } from "./servers/shards.ts";

compare(shards(ALL), ALL, clusterOracle);
compare(shardsAsOne(ALL), ALL);
