/**
 * Whether help for developers is in the bundle: see features.ts. This constant has a module of its own because
 * bundlers evaluate `DIAGNOSTICS && …` only if its module holds nothing else.
 */
export const DIAGNOSTICS: boolean =
  typeof DORMOUSE_DIAGNOSTICS === "undefined" || DORMOUSE_DIAGNOSTICS;
