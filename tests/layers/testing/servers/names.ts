/** A list in memory, in a module of its own. */
export const names: string[] = [];
