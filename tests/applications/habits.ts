/** What server code does, a file for each habit in `habits/`, and what becomes of it when the object sleeps. */
import { KEEPING } from "./keeping.ts";
import { LOST } from "./lost.ts";
import type { Act } from "./people.ts";
import { SURVIVING } from "./surviving.ts";

/**
 * `survives`: after a sleep it is as it was. `keeps awake`: the object does not sleep over it, and the reason can be
 * read. `found`: it is lost, and the check finds it before. There is no fourth.
 */
export type Outcome =
  | {
      survives: true;
      /** Rules that advise against it all the same, because it costs. */
      rules?: readonly string[];
      /** In workerd with the long tests only: scenarios of others do the same there every time. */
      isLong?: true;
    }
  /** What `dormouse-io/testing` tells as the reason, or the reasons. */
  | {
      keepsAwake: string | readonly string[];
      /** When people are done, nothing does any more. */
      isOver?: true;
    }
  /** The rules of the check that find it. */
  | { found: readonly string[] };

export interface Habit {
  /** Its file in `habits/`. */
  file: string;
  /** What docs/hibernation.md calls it. */
  does: string;
  outcome: Outcome;
  /** What people do. */
  act: Act;
}

export const HABITS: readonly Habit[] = [...SURVIVING, ...KEEPING, ...LOST];
