/**
 * Performs each shard's calls in the order in which it sent them, though they may arrive by way of several homes. A
 * call names the earlier ones that had not arrived when it was sent (`calls-under-way.ts`). It waits, for a limited
 * time, for those that are to arrive here. Later calls by the same way wait behind it.
 */

import type { Earlier, Origin } from "../messages/shard-messages.ts";
import { PATIENCE } from "./calls-under-way.ts";

interface Held {
  earlier: readonly Earlier[];
  run(): void;
  /** Resolves once `run` was called; its result may come later. */
  performance: Promise<void>;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class ArrivalOrder {
  readonly #isExpected: (earlier: Earlier) => boolean;
  /** Earlier calls that need not be waited for any more. */
  readonly #settled = new WeakSet<Earlier>();
  /** The calls that wait, in their order, by the shard that sent them and the home that they came by. */
  readonly #lines = new Map<string, Held[]>();

  /** `isExpected`: whether a call is to arrive here and was not performed yet. */
  constructor(isExpected: (earlier: Earlier) => boolean) {
    this.#isExpected = (earlier) => {
      // Calls that arrive together share these objects.
      if (this.#settled.has(earlier)) return false;
      const isStill = isExpected(earlier);
      if (!isStill) this.#settled.add(earlier);
      return isStill;
    };
  }

  /** Runs `run` when the call's turn has come, perhaps at once. Returns the result, or a promise of it. */
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
          // Inside of a promise, so that an exception of `run` rejects it.
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

  /** Resolves when all calls that came until now have been performed; undefined if none is waiting. */
  whenPerformed(): Promise<unknown> | undefined {
    const lines = [...this.#lines.values()];
    if (lines.length === 0) return undefined;
    return Promise.all(lines.map((line) => line.at(-1)?.performance));
  }

  /** Performs the waiting calls whose turn has come. */
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
