/** What a shard is given: its place among the others, by its host, and the server that it is a part of. */

import type { PerformingServer } from "../../calls/perform.ts";
import type { Adapter } from "../../rooms/adapter.ts";
import type { AdapterServer } from "../../rooms/adapter-namespace.ts";
import type { ShardIds, ShardIndex } from "../placement/placement.ts";
import type { Peer } from "./shard-link.ts";

export interface ShardPlace {
  readonly index: ShardIndex;
  /** The ids of its server. */
  readonly ids: ShardIds;
  /** How many shards there are. It may grow. */
  count(): number;
  /** Whether requests find their shard only by the id of their session. */
  readonly routesById: boolean;
  /** The name of a shard's object. */
  nameOf(index: ShardIndex): string;
  /** A new stub of another shard. */
  connect(index: ShardIndex): Peer;
}

export interface ShardServer extends PerformingServer, AdapterServer {
  /** The main namespace. */
  readonly sockets: { readonly adapter: Adapter };
}
