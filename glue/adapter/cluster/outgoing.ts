/**
 * Keeps the order of what a shard's application does on other shards. Packets are sent at once. Changes of members
 * (joins, leaves, disconnects) wait until everything before them has arrived, and everything behind them waits for
 * them. So a client that is sent a packet and then disconnected gets the packet, and one that joins a room gets what
 * is then sent to it.
 */
import { SERVERS_TIMEOUT } from "./calls.ts";
import { within } from "./outcome.ts";

interface Task {
  run(): Promise<unknown> | undefined;
  isChange: boolean;
}

export class Outgoing {
  readonly #tasks: Task[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  /** How many promises have to settle before anything is sent. */
  #blocks = 0;

  /** Nothing is sent until the promise settles, or `SERVERS_TIMEOUT` is over: a shard may never answer. */
  block(until: Promise<unknown>): void {
    this.#blocks += 1;
    const go = (): void => {
      this.#blocks -= 1;
      this.#advance();
    };
    within<unknown>(SERVERS_TIMEOUT, until, () => undefined).then(go, go);
  }

  /** Calls `run`, which sends something, in its turn: perhaps at once. */
  send(run: () => Promise<unknown> | undefined): void {
    this.#tasks.push({ run, isChange: false });
    this.#advance();
  }

  /** Calls `run`, which changes members of rooms, in its turn: perhaps at once. */
  change(run: () => Promise<unknown> | undefined): void {
    this.#tasks.push({ run, isChange: true });
    this.#advance();
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
