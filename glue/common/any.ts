/** The one place where the compiler is told to look away. */

// biome-ignore lint/suspicious/noExplicitAny: what applications declare must be assignable both ways
export type Any = any;
