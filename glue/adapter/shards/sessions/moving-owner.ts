/** What sessions that move between shards need of a shard. See `moving-sessions.ts`. */
import type { Runtime } from "../../../engine/runtime/runtime.ts";
import type { Answer } from "../../calls/calls.ts";
import type { MovableJournal } from "../../recovery/movable-journal.ts";
import type { AdapterServer } from "../../rooms/adapter-namespace.ts";
import type { Room } from "../../rooms/identifiers.ts";
import type { ShardPart } from "../messages/shard-messages.ts";
import type { ShardIndex } from "../placement/placement.ts";

/** The shard, as sessions that move need it. */
export interface MovingOwner {
  readonly index: ShardIndex;
  readonly runtime: Runtime;
  readonly server: AdapterServer;
  readonly journal: MovableJournal;
  /** The shard that made an id, if there is such a shard. */
  birthplaceOf(id: unknown): ShardIndex | undefined;
  /** Sends a part in a call of its own. Never rejects. */
  ask(shard: ShardIndex, part: ShardPart): Promise<Answer>;
  /** Resolves once the homes of the rooms, and of the namespace, know of members here. */
  announceAll(namespace: string, rooms: readonly Room[]): Promise<void>;
  /**
   * Resolves once `to` has performed what has been sent to these rooms until now, here or by their homes. Rejects if
   * that cannot be said.
   */
  fence(to: ShardIndex, namespace: string, rooms: readonly Room[]): Promise<void>;
  /** A socket's own room has no member on that shard any more. */
  forgetOwnRoom(namespace: string, room: Room, shard: ShardIndex): void;
}
