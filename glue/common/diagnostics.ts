/**
 * Whether what is said to who writes a server is in the bundle: see features.ts. In a module of its own, because of the
 * constants of a module that holds anything else bundlers do not see the value; in `DIAGNOSTICS && …` they do.
 */
export const DIAGNOSTICS: boolean =
  typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS;
