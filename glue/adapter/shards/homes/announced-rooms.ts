/**
 * Announces rooms to their homes: once a room has a member on this shard, its home is told, so that it passes
 * broadcasts on to here. It is told again only after a broadcast has found no member.
 *
 * Homes are among the shards that there were when the first one started. Shard 0 knows how many; the others ask it
 * once. So homes stay where they are when shards are added.
 */
import type { OwnStorage } from "../../../engine/host/host.ts";
import type { Answer } from "../../calls/calls.ts";
import type { ShardPart } from "../messages/shard-messages.ts";
import { keyOf, type RoomOrAll, type ShardIds, type ShardIndex } from "../placement/placement.ts";
import { type Announcement, AnnouncementQueue } from "./announcement-queue.ts";

/** The key of what a shard knows of its server, in the storage. */
const SELF = "cluster:self";
/** How long after a failure a call is made again, in milliseconds. Doubled each time. */
const FIRST_PAUSE = 200;
const MAX_TRIES = 5;
const AUTHORITY = 0;
/** How many announced rooms are remembered. One that was forgotten is announced again with its next member. */
const MAX_REMEMBERED = 100_000;

interface Self {
  /** The number of shards that are homes. */
  homes: number;
}

/** What announcing needs to know of the shard. */
interface Place {
  readonly index: ShardIndex;
  readonly ids: ShardIds;
  count(): number;
}

type Send = (index: ShardIndex, part: ShardPart) => Promise<Answer>;

export class AnnouncedRooms {
  readonly #storage: OwnStorage;
  readonly #place: Place;
  readonly #send: Send;
  readonly #announcements: AnnouncementQueue;
  readonly #announced = new Set<string>();
  readonly #pending = new Map<string, Promise<void>>();
  /** Null: not read from the storage yet. */
  #homes: number | undefined | null = null;
  #learning: Promise<void> | undefined;

  constructor(storage: OwnStorage, place: Place, send: Send, now: () => number) {
    this.#storage = storage;
    this.#place = place;
    this.#send = send;
    this.#announcements = new AnnouncementQueue(send, now);
    storage.onLoss(
      () => {
        if (this.#known !== undefined) this.#keep(this.#known);
      },
      () => this.#known,
    );
  }

  /** Whether it is known where homes are. */
  get isReady(): boolean {
    return this.#known !== undefined;
  }

  /** Resolves when it is known where homes are. */
  ready(): Promise<void> {
    if (this.#known !== undefined) return Promise.resolve();
    this.#learning ??= this.#learn().finally(() => {
      this.#learning = undefined;
    });
    return this.#learning;
  }

  /** For the other shards, which ask shard 0: how many shards are homes. */
  homesForOthers(): number {
    if (this.#known === undefined) this.#keep(this.#place.count());
    return this.#known as number;
  }

  /** The home of a room. Only if `isReady`. */
  homeOf(namespace: string, room: RoomOrAll): ShardIndex {
    return this.#place.ids.homeAmong(this.#known ?? 1, namespace, room);
  }

  /** Resolves once the room's home knows of members here; undefined if it does by now. */
  announce(namespace: string, room: RoomOrAll): Promise<void> | undefined {
    const key = keyOf(namespace, room);
    if (this.#announced.has(key)) return this.#pending.get(key);
    if (this.isReady && this.homeOf(namespace, room) === this.#place.index) return undefined;
    this.#remember(key);
    const announcing = this.#tell(namespace, room).finally(() => this.#pending.delete(key));
    // If nobody waits for it, its failure is nobody's concern.
    announcing.catch(() => this.#announced.delete(key));
    this.#pending.set(key, announcing);
    return announcing;
  }

  /** Whether the room was announced, as far as is known. */
  isAnnounced(namespace: string, room: RoomOrAll): boolean {
    return this.#announced.has(keyOf(namespace, room));
  }

  /** The room was announced before a sleep. */
  noteAnnounced(namespace: string, room: RoomOrAll): void {
    this.#remember(keyOf(namespace, room));
  }

  /** Resolves when what is being announced of these rooms is known; undefined if nothing is. */
  pending(namespace: string, rooms: Iterable<RoomOrAll>): Promise<void> | undefined {
    if (this.#pending.size === 0) return undefined;
    const waiting: Promise<void>[] = [];
    for (const room of rooms) {
      const announcing = this.#pending.get(keyOf(namespace, room));
      if (announcing !== undefined) waiting.push(announcing);
    }
    if (waiting.length === 0) return undefined;
    const all = Promise.all(waiting).then(() => {});
    // Callers need not wait for it.
    all.catch(() => {});
    return all;
  }

  /** Notes that the home is told that the room has no members here. */
  forget(namespace: string, room: RoomOrAll): void {
    this.#announced.delete(keyOf(namespace, room));
  }

  /** Read late, because the storage may not be loaded before the object has started. */
  get #known(): number | undefined {
    if (this.#homes === null) this.#homes = (this.#storage.get(SELF) as Self | undefined)?.homes;
    return this.#homes;
  }

  #remember(key: string): void {
    this.#announced.add(key);
    if (this.#announced.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#announced;
    this.#announced.delete(oldest as string);
  }

  async #tell(namespace: string, room: RoomOrAll): Promise<void> {
    await this.ready();
    const home = this.homeOf(namespace, room);
    if (home === this.#place.index) return;
    const part: Announcement = { kind: "announce", namespace, room };
    await insist(home, () => this.#announcements.send(home, part));
  }

  async #learn(): Promise<void> {
    if (this.#place.index === AUTHORITY) {
      this.homesForOthers();
      return;
    }
    const homes = await insist(AUTHORITY, () => this.#send(AUTHORITY, { kind: "homes" }));
    if (!Number.isInteger(homes) || (homes as number) < 1) {
      throw new Error("dormouse: shard 0 does not say where rooms have their homes");
    }
    this.#keep(homes as number);
  }

  #keep(homes: number): void {
    this.#homes = homes;
    this.#storage.put(SELF, { homes } satisfies Self);
  }
}

/** Asks a shard until it answers, at most `MAX_TRIES` times. */
async function insist(index: ShardIndex, ask: () => Promise<Answer>): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask();
    if (!("error" in answer)) return answer.value;
    if (attempt === MAX_TRIES) throw new Error(`shard ${index}: ${answer.error}`);
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE * 2 ** (attempt - 1)));
  }
}
