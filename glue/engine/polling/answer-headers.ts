/** The headers of answers to polls: ours, and what the application makes of them. */

/**
 * Adds ours to those that the application has made, which go first: a name that is there already stays as it is,
 * as upstream's do that `headers` listeners set. Cookies come one to the other.
 *
 * @returns `made`, changed in place
 */
export function addOwnHeaders(made: Headers, own: Iterable<readonly [string, string]>): Headers {
  for (const [name, value] of own) {
    if (name.toLowerCase() === "set-cookie") made.append(name, value);
    else if (!made.has(name)) made.set(name, value);
  }
  return made;
}
