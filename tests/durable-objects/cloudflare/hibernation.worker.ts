/** The Worker of the hibernation tests. Each class of object has a binding of its name in capitals. */
import { pageOf } from "./support/book.worker.ts";

export { Broken } from "./sleepers/broken.worker.ts";
export { Asking, Default, Short } from "./sleepers/clocks.worker.ts";
export { Data, Marking, State } from "./sleepers/data.worker.ts";
export { Dynamic } from "./sleepers/dynamic.worker.ts";
export { Awake, Everyday, Protocol3 } from "./sleepers/everyday.worker.ts";
export { Mixed } from "./sleepers/mixed.worker.ts";
export { Kicking, Meddling, Slow, Stuck } from "./sleepers/replays.worker.ts";

type Callable = Record<string, () => Promise<unknown>>;

/**
 * `/<binding>/<object>/…` leads to the object; `/<binding>/<object>/~book` to its notes,
 * `/<binding>/<object>/~call/<method>` calls one of its methods.
 */
export default {
  async fetch(request: Request, env: Record<string, DurableObjectNamespace>): Promise<Response> {
    const url = new URL(request.url);
    const [, binding = "", name = "", ...rest] = url.pathname.split("/");
    if (rest[0] === "~book") return Response.json(pageOf(name));
    if (rest[0] === "~call") {
      const stub = env[binding]?.get(env[binding].idFromName(name)) as unknown as Callable;
      return Response.json((await stub[rest[1] ?? ""]?.()) ?? null);
    }
    url.pathname = `/${rest.join("/")}`;
    const namespace = env[binding];
    if (namespace === undefined) return new Response("no such class", { status: 404 });
    return namespace.get(namespace.idFromName(name)).fetch(new Request(url, request));
  },
};
