/** Checks of options: one rule per name, and errors that say which one is wrong and how. */

/** What an option takes. */
export interface OptionCheck {
  accepts(value: unknown): boolean;
  /** Ends the sentence `option "x" must be …`. */
  expectation: string;
}

/** The core counts in 32 bits. */
const MAX_NUMBER = 2 ** 32 - 1;
/** Names further apart than this many edits are not suggested. */
const MAX_SUGGESTED_DISTANCE = 3;

export const positiveNumber: OptionCheck = {
  accepts: (value) => typeof value === "number" && value > 0 && value <= MAX_NUMBER,
  expectation: "a positive number",
};

export const boolean: OptionCheck = {
  accepts: (value) => typeof value === "boolean",
  expectation: "a boolean",
};

export const callable: OptionCheck = {
  accepts: (value) => typeof value === "function",
  expectation: "a function",
};

/** Throws a TypeError for a name that no option has, and for a value that the option does not take. */
export function checkOption(
  known: Record<string, OptionCheck>,
  name: string,
  value: unknown,
): void {
  const check = Object.hasOwn(known, name) ? known[name] : undefined;
  if (check === undefined) throw new TypeError(describeUnknown(name, Object.keys(known)));
  if (value === undefined || check.accepts(value)) return;
  throw new TypeError(
    `dormouse: option "${name}" must be ${check.expectation}, got ${describe(value)}`,
  );
}

function describeUnknown(name: string, known: readonly string[]): string {
  const [closest, distance] = known
    .map((candidate): [string, number] => [candidate, editDistance(name, candidate)])
    .reduce((best, other) => (other[1] < best[1] ? other : best));
  const hint = distance <= MAX_SUGGESTED_DISTANCE ? ` (did you mean "${closest}"?)` : "";
  return `dormouse: unknown option "${name}"${hint}`;
}

function describe(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value;
  }
}

/** Letters to insert, delete or change (case counts nothing). */
function editDistance(from: string, to: string): number {
  const a = from.toLowerCase();
  const b = to.toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
