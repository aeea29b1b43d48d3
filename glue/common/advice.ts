/** What goes wrong in a first hour, told to whoever reads the log, with what to do about it. */

/** What was said: mistakes are few, and what they cause is much. */
const said = new Set<string>();

/** Writes a line to the log, once per subject and isolate. `advice` says what to do. */
export function advise(subject: string, advice: string): void {
  if (said.has(subject)) return;
  said.add(subject);
  console.warn(`dormouse: ${advice} (Said once.)`);
}
