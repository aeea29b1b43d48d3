/**
 * The order of what a shard's application asks of the others. What is sent goes out at once, whatever is on its
 * way already. What changes who is where (joins, leaves, ends) waits until all before it has arrived, and
 * what comes behind it waits for it: so nobody is gone before a farewell, or not yet in a room for a welcome.
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
  /** How many things are waited for before anything leaves. */
  #blocks = 0;

  /** Nothing leaves until the promise is settled; but who never answers does not stop everything else for good. */
  block(until: Promise<unknown>): void {
    this.#blocks += 1;
    const go = (): void => {
      this.#blocks -= 1;
      this.#advance();
    };
    within<unknown>(SERVERS_TIMEOUT, until, () => undefined).then(go, go);
  }

  /** Runs what sends something when its turn has come, perhaps at once. */
  send(run: () => Promise<unknown> | undefined): void {
    this.#tasks.push({ run, isChange: false });
    this.#advance();
  }

  /** Runs what changes who is where when its turn has come, perhaps at once. */
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
