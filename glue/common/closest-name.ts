/** Names further apart than this many edits are not suggested. */
const MAX_DISTANCE = 3;

/**
 * The end of an error about an unknown name: the known name that was probably meant, or "" if none is close.
 * `known` must not be empty. `prefix`: the path to the names, with a dot at its end.
 */
export function suggestion(name: string, known: readonly string[], prefix: string): string {
  const [closest, distance] = known
    .map((candidate): [string, number] => [candidate, editDistance(name, candidate)])
    .reduce((best, other) => (other[1] < best[1] ? other : best));
  return distance <= MAX_DISTANCE ? ` (did you mean "${prefix}${closest}"?)` : "";
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
