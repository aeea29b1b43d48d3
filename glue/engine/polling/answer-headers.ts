/** The headers of answers to polls: ours, and what the application makes of them. */

/**
 * Adds our headers to the application's. A header that the application has set stays as it is, as with upstream's
 * `headers` listeners; cookies of both are sent.
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
