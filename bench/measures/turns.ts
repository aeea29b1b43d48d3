/** One round of a measure on several targets, which take short turns. */
import type { BeginCommand, EndCommand, LoadResult } from "../load/commands.ts";
import type { Target } from "../targets/target.ts";
import {
  cpuPerOperation,
  type Sample,
  type SampleContext,
  type Turns,
  together,
} from "./measure.ts";

/** Performs a step for a target. Undefined if it failed. */
export type Attempt = <T>(target: Target, step: () => Promise<T>) => Promise<T | undefined>;

/**
 * A sample of each, of all its turns; undefined once a step has failed. The speed of a shared machine changes within a
 * second: what is compared is spread over the same seconds, in pieces that are shorter. The first target of a turn
 * rotates, too.
 */
export async function sampleInTurns(
  turns: Turns,
  contexts: readonly SampleContext[],
  attempt: Attempt,
): Promise<(readonly [Target, Sample])[] | undefined> {
  const [first] = contexts;
  if (first === undefined) return [];
  const { load, settings } = first;
  const results = new Map<Target, LoadResult[]>(contexts.map(({ target }) => [target, []]));
  const perform = (target: Target, command: BeginCommand | EndCommand) =>
    attempt(target, async () => {
      await load.run(command);
      return true;
    });
  for (const context of contexts) {
    const command = { kind: "begin", load: turns.load(context) } as const;
    if ((await perform(context.target, command)) === undefined) return undefined;
  }
  const order = [...contexts];
  const amount = turns.amount(settings);
  for (let turn = 0; turn < turns.count(settings); turn += 1) {
    for (const { target, server } of order) {
      const command = { kind: "turn", pid: server.endpoint.pid, amount } as const;
      const result = await attempt(target, () => load.run<"turn">(command));
      if (result === undefined) return undefined;
      results.get(target)?.push(result);
    }
    order.push(...order.splice(0, 1));
  }
  // Whose connections could not be closed is not known.
  if ((await perform(first.target, { kind: "end" })) === undefined) return undefined;
  return Array.from(results, ([target, all]) => [target, cpuPerOperation(together(all))] as const);
}
