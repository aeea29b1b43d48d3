/** The query of a request. */

/** The parameters of a URL, whole or without its host. Of several with the same name, the last counts. */
export function parseQuery(url: string): Record<string, string> {
  const start = url.indexOf("?");
  if (start < 0) return {};
  const search = url.slice(start + 1);
  // Parameters without anything encoded are what nearly every client sends.
  if (/[%+#]/.test(search)) return parseEncoded(search);
  const query: Record<string, string> = {};
  for (const parameter of search.split("&")) {
    if (parameter === "") continue;
    const end = parameter.indexOf("=");
    const name = end < 0 ? parameter : parameter.slice(0, end);
    if (name === "__proto__") return parseEncoded(search);
    query[name] = end < 0 ? "" : parameter.slice(end + 1);
  }
  return query;
}

function parseEncoded(search: string): Record<string, string> {
  const end = search.indexOf("#");
  return Object.fromEntries(new URLSearchParams(end < 0 ? search : search.slice(0, end)));
}
