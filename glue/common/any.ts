/** The one place where `any` is allowed, so that other files need no exception from the linter. */

// biome-ignore lint/suspicious/noExplicitAny: what applications declare must be assignable both ways
export type Any = any;
