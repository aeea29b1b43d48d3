/** How long shards wait for what others answer. */
import { type Call, isQuestion, SERVERS_TIMEOUT } from "../../calls/calls.ts";

/**
 * How much longer than clients, or servers, have time to answer a call their answers may be on the way back, in
 * milliseconds: for each hop. Nobody waits for it but where somebody does not answer.
 */
const HOP = 500;

/** The same for all hops, and for asking the others when a home of rooms does not answer. */
export const ANSWERS_UNDER_WAY = 3 * HOP;

/**
 * How long an answer to the call is waited for, in milliseconds; undefined if nobody waits for one. `hops`: how many
 * there are from here to those who are asked; 4 stands for all that there may be, as when others have to be asked, too.
 */
export function patienceFor(call: Call, hops: 1 | 2 | 4): number | undefined {
  if (!isQuestion(call)) return undefined;
  return ("timeout" in call ? call.timeout : SERVERS_TIMEOUT) + hops * HOP;
}

/** Resolves as the promise does; with `late()` if it has not within the time. */
export function within<Result>(
  milliseconds: number | undefined,
  promise: Promise<Result>,
  late: () => Result,
): Promise<Result> {
  if (milliseconds === undefined) return promise;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late()), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
