/** Addresses of pages, for errors that are short in bundles without diagnostics: see diagnostics.ts. */

const DOCS = "https://github.com/dormouse-authors/dormouse/blob/main/docs";

/** What to write instead of what a sleep would lose. */
export const HABITS = `see ${DOCS}/hibernation.md#habits-in-one-table`;

/** What errors and lines of the log are about. */
export const TROUBLES = `see ${DOCS}/troubleshooting.md`;
