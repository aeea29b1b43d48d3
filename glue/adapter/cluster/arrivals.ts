/**
 * The order in which a shard performs what another sends it by way of several homes: a message waits for those
 * before it that come here, too (`Departures` has said which they are), but not for long. What is held back holds
 * back what comes behind it the same way.
 */
import { PATIENCE } from "./departures.ts";
import type { Earlier, Origin } from "./shard-messages.ts";

interface Held {
  earlier: readonly Earlier[];
  run(): void;
  /** Resolves when it has begun. */
  performance: Promise<void>;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class Arrivals {
  readonly #isExpected: (earlier: Earlier) => boolean;
  /** What needs not be waited for any more. */
  readonly #settled = new WeakSet<Earlier>();
  /** By the shard that sends it and the home it comes by: what is held back, in its order. */
  readonly #lines = new Map<string, Held[]>();

  /** `isExpected`: whether it comes here and has not yet been performed. */
  constructor(isExpected: (earlier: Earlier) => boolean) {
    this.#isExpected = (earlier) => {
      // Messages that have come together have most of it in common.
      if (this.#settled.has(earlier)) return false;
      const isStill = isExpected(earlier);
      if (!isStill) this.#settled.add(earlier);
      return isStill;
    };
  }

  /** Runs it when its turn has come, perhaps at once. Returns its result, or a promise of it. */
  perform(origin: Origin, earlier: readonly Earlier[], run: () => unknown): unknown {
    const line = `${origin.shard} ${origin.channel}`;
    if (!this.#lines.has(line) && !earlier.some(this.#isExpected)) {
      try {
        return run();
      } finally {
        this.#advance();
      }
    }
    return new Promise((resolve) => {
      let tellPerformed = (): void => {};
      const held: Held = {
        earlier,
        run: () => {
          // What it throws rejects.
          resolve(new Promise((settle) => settle(run())));
          tellPerformed();
        },
        performance: new Promise((settle) => {
          tellPerformed = settle;
        }),
        timer: undefined,
      };
      held.timer = setTimeout(() => {
        held.earlier = [];
        this.#advance();
      }, PATIENCE);
      const others = this.#lines.get(line);
      if (others === undefined) this.#lines.set(line, [held]);
      else others.push(held);
    });
  }

  /** Resolves when all that has come until now has been performed; undefined if it has by now. */
  whenPerformed(): Promise<unknown> | undefined {
    const lines = [...this.#lines.values()];
    if (lines.length === 0) return undefined;
    return Promise.all(lines.map((line) => line.at(-1)?.performance));
  }

  /** What has been performed may have been what others waited for. */
  #advance(): void {
    let hasMoved = this.#lines.size > 0;
    while (hasMoved) {
      hasMoved = false;
      for (const [line, [head, ...rest]] of this.#lines) {
        if (head === undefined || head.earlier.some(this.#isExpected)) continue;
        if (head.timer !== undefined) clearTimeout(head.timer);
        if (rest.length === 0) this.#lines.delete(line);
        else this.#lines.set(line, rest);
        head.run();
        hasMoved = true;
      }
    }
  }
}
