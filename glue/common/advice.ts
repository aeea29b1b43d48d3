/** Warnings in the log about a developer's likely mistakes, with what to do about them. */

/** The subjects of earlier warnings: one mistake would cause many. */
const said = new Set<string>();

/** Writes a line to the log, once per subject and isolate. `advice` says what to do. */
export function advise(subject: string, advice: string): void {
  if (said.has(subject)) return;
  said.add(subject);
  console.warn(`dormouse: ${advice} (Said once.)`);
}
