/**
 * Keeps the order of what a shard's application does on other shards. Packets are sent at once. Changes of members
 * (joins, leaves, disconnects) wait until everything before them has arrived, and everything behind them waits for
 * them. So a client that is sent a packet and then disconnected gets the packet, and one that joins a room gets what
 * is then sent to it.
 *
 * A shard that never answers holds everything up, five seconds for each change. What waits then is bounded.
 */
import { SERVERS_TIMEOUT } from "../../calls/calls.ts";
import { within } from "../messages/patience.ts";
import { bytesIn } from "../messages/size-in-memory.ts";

/** How much may wait, in bytes, about. */
const MAX_WAITING = 16 * 2 ** 20;

/** What the owner tells whose call was not sent. */
export const TOO_MUCH_WAITS = "what was sent before is still on its way, and 16 MiB wait for it";

interface Task {
  run(): Promise<unknown> | undefined;
  isChange: boolean;
  /** Its size in memory, in bytes, about. */
  bytes: number;
}

export class SendQueue {
  readonly #tasks: Task[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  /** How many promises have to settle before anything is sent. */
  #blocks = 0;
  /** Of all tasks that wait. */
  #bytes = 0;

  /** Nothing is sent until the promise settles, or `SERVERS_TIMEOUT` is over: a shard may never answer. */
  block(until: Promise<unknown>): void {
    this.#blocks += 1;
    const go = (): void => {
      this.#blocks -= 1;
      this.#advance();
    };
    within<unknown>(SERVERS_TIMEOUT, until, () => undefined).then(go, go);
  }

  /**
   * Calls `run`, which sends `call`, in its turn: perhaps at once. False if it will not be called, for too much waits
   * already.
   */
  send(call: unknown, run: () => Promise<unknown> | undefined): boolean {
    return this.#add(call, run, "packet");
  }

  /** The same for a call that changes members of rooms. */
  change(call: unknown, run: () => Promise<unknown> | undefined): boolean {
    return this.#add(call, run, "change");
  }

  #add(call: unknown, run: Task["run"], kind: "packet" | "change"): boolean {
    // The size of a call that leaves at once does not matter.
    const isHeldUp = this.#blocks > 0 || this.#tasks.length > 0;
    const bytes = isHeldUp ? bytesIn(call, MAX_WAITING) : 0;
    if (this.#bytes + bytes > MAX_WAITING) return false;
    this.#bytes += bytes;
    this.#tasks.push({ run, isChange: kind === "change", bytes });
    this.#advance();
    return true;
  }

  #advance(): void {
    while (this.#blocks === 0) {
      const [task] = this.#tasks;
      if (task === undefined) return;
      if (task.isChange && this.#underWay.size > 0) {
        const before = [...this.#underWay];
        // Whatever takes too long is not waited for by the next one either.
        for (const each of before) this.#underWay.delete(each);
        this.block(Promise.allSettled(before));
        return;
      }
      this.#tasks.shift();
      this.#bytes -= task.bytes;
      const result = task.run();
      if (result === undefined) continue;
      const end = (): void => {
        this.#underWay.delete(result);
      };
      this.#underWay.add(result);
      result.then(end, end);
      if (task.isChange) this.block(result);
    }
  }
}
