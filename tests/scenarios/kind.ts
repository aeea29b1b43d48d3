/** What it is. Bundlers put a line in front of names of classes that name themselves. */
export const kind = (value: unknown) =>
  value === null || typeof value !== "object"
    ? typeof value
    : value.constructor.name.replace(/^_/, "");
