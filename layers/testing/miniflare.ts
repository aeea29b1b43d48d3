/** A real Durable Object that leaves memory before everything that a client does. */
import { setTimeout as pause } from "node:timers/promises";
import { checkOptionsOf, type OptionCheck, text } from "../../glue/common/option-checks.ts";
import { openFront } from "./front.ts";

/** As much of a `Miniflare` as this needs: one of July 2026 or newer. */
export interface MiniflareLike {
  /** Where it listens. */
  readonly ready: Promise<URL>;
  /** Takes an object out of memory. */
  unsafeEvictDurableObject(
    script: string,
    className: string,
    options: { name: string; webSockets: "hibernate" | "close" },
  ): Promise<void>;
}

/** Which object it is. */
export interface ObjectPlace {
  /** The name of the Worker in Miniflare's options. */
  script: string;
  /** The name of the object's class. */
  className: string;
  /** The object's name. Default: the one that `routeSocketIO` takes where it is told none. */
  name?: string;
  /** What the Worker routes clients by, as its query or path: Miniflare's own URL if there is none. */
  url?: URL;
}

const CHECKS: Record<keyof ObjectPlace, OptionCheck> = {
  script: text,
  className: text,
  name: text,
  url: { accepts: (value) => value instanceof URL, expectation: "a URL" },
};

/** A Durable Object that is evicted before each event. */
export interface EvictedObject extends AsyncDisposable {
  /** Where clients connect to. */
  readonly url: string;
  /** How often it has left memory. */
  readonly evictions: number;
  /**
   * Whether something kept it in memory: a timer, a request under way, a WebSocket of `accept()`. It has taken
   * the platform thirty seconds to find out; the object is left in memory from then on.
   */
  readonly isKeptAwake: boolean;
  /** Closes the way, and the connections to it. The Worker goes on. */
  close(): Promise<void>;
}

/** In that time workerd has read what was written to it. */
const READING_MS = 5;

/**
 * Opens a way to a Worker in Miniflare, on which the object leaves memory before everything that a client does,
 * while its WebSockets stay.
 *
 * @throws TypeError for a Miniflare that is too old to take objects out of memory, and for an option that is ill-typed
 * @example
 * const mf = new Miniflare({ name: "chat", … });
 * await using chat = await evictBeforeEvents(mf, { script: "chat", className: "Chat" });
 * const socket = io(chat.url, { transports: ["websocket"] });
 */
export async function evictBeforeEvents(
  mf: MiniflareLike,
  place: ObjectPlace,
): Promise<EvictedObject> {
  checkOptionsOf("evictBeforeEvents", CHECKS, place, ["script", "className"]);
  const { script, className, name = "default", url } = place;
  if (typeof mf.unsafeEvictDurableObject !== "function") {
    const remedy = "npm install --save-dev miniflare@latest, which wants Node 22 or newer";
    throw new TypeError(`dormouse: this Miniflare cannot take objects out of memory: ${remedy}`);
  }
  let evictions = 0;
  let isKeptAwake = false;
  const evict = async (): Promise<void> => {
    if (isKeptAwake) return;
    try {
      await mf.unsafeEvictDurableObject(script, className, { name, webSockets: "hibernate" });
      evictions += 1;
    } catch (error) {
      const message = error instanceof Error ? error.message : "";
      // It is not in memory: not yet, or not any more.
      if (message.includes("not currently running")) return;
      if (!message.includes("active references")) throw error;
      isKeptAwake = true;
    }
  };
  const front = await openFront(url ?? (await mf.ready), {
    before: evict,
    after: () => pause(READING_MS),
  });
  return {
    url: front.url,
    get evictions() {
      return evictions;
    },
    get isKeptAwake() {
      return isKeptAwake;
    },
    close: () => front.close(),
    [Symbol.asyncDispose]: () => front.close(),
  };
}
