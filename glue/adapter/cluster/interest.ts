/**
 * What a shard has told the homes of its rooms: of which it has members. It tells so with the first member, and
 * again only when a broadcast has found nobody there.
 *
 * Homes are among the shards that there were when the first of them began: shard 0 knows how many, and all
 * others ask it once. So homes do not move when there are more shards.
 */
import type { OwnStorage } from "../../engine/host.ts";
import { type Announcement, Announcements } from "./announcements.ts";
import type { Answer } from "./calls.ts";
import { keyOf, type RoomOrAll, type ShardIds, type ShardIndex } from "./placement.ts";
import type { ShardPart } from "./shard-messages.ts";

/** What a shard knows of its cluster, in the host's storage. */
const SELF = "cluster:self";
/** A home that does not answer is told again after so many milliseconds, and twice as many each time. */
const FIRST_PAUSE = 200;
const MAX_TRIES = 5;
const AUTHORITY = 0;
/** So many rooms are remembered; another is announced again when it is joined anew. */
const MAX_REMEMBERED = 100_000;

interface Self {
  /** Among so many shards are the homes. */
  homes: number;
}

/** As much of what a shard is told as it needs. */
interface Place {
  readonly index: ShardIndex;
  readonly ids: ShardIds;
  count(): number;
}

type Send = (index: ShardIndex, part: ShardPart) => Promise<Answer>;

export class Interest {
  readonly #storage: OwnStorage;
  readonly #place: Place;
  readonly #send: Send;
  readonly #announcements: Announcements;
  readonly #announced = new Set<string>();
  readonly #pending = new Map<string, Promise<void>>();
  /** Null: nobody has looked yet. */
  #homes: number | undefined | null = null;
  #learning: Promise<void> | undefined;

  constructor(storage: OwnStorage, place: Place, send: Send, now: () => number) {
    this.#storage = storage;
    this.#place = place;
    this.#send = send;
    this.#announcements = new Announcements(send, now);
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

  /** Asked of shard 0: among how many shards the homes of rooms are. */
  homesForOthers(): number {
    if (this.#known === undefined) this.#keep(this.#place.count());
    return this.#known as number;
  }

  /** To be called when it is ready. */
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
    // Whoever does not wait for it does not want to know.
    announcing.catch(() => this.#announced.delete(key));
    this.#pending.set(key, announcing);
    return announcing;
  }

  /** Whether its home is taken to know of members here. */
  isAnnounced(namespace: string, room: RoomOrAll): boolean {
    return this.#announced.has(keyOf(namespace, room));
  }

  /** Its home knows since before a sleep. */
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
    // Not everybody waits for it who may.
    all.catch(() => {});
    return all;
  }

  /** The home has been told that nobody is there. */
  forget(namespace: string, room: RoomOrAll): void {
    this.#announced.delete(keyOf(namespace, room));
  }

  /** Storage may be there only once the object has started. */
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

/** Asks a shard until there is an answer, or hope is over. */
async function insist(index: ShardIndex, ask: () => Promise<Answer>): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask();
    if (!("error" in answer)) return answer.value;
    if (attempt === MAX_TRIES) throw new Error(`shard ${index}: ${answer.error}`);
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE * 2 ** (attempt - 1)));
  }
}
