/** The router's rules inside of Workers. */
import type { Server } from "../../../glue/socket.io/index.ts";
import { type ObjectStorage, objectStore } from "../../../layers/router/session/index.ts";
import { logOf, ruleOf } from "../harness/worker-side.ts";
import { ALL } from "./all.ts";
import type { HostName } from "./rule.ts";

export { fetchHandler } from "../harness/worker-side.ts";

/** What the host knows of an object. */
export interface Place {
  host: HostName;
  name: string;
  storage: ObjectStorage;
}

const platformOf = ({ host, storage }: Place) => ({ host, storage, store: objectStore(storage) });

/** The `setup` of the class. */
export function setUp(io: Server, place: Place): void | Promise<void> {
  const { name } = place;
  return ruleOf(ALL, name)?.server(io, logOf(name), platformOf(place));
}

/** The object's answer to a request below `/site/`. */
export async function site(request: Request, place: Place): Promise<Response> {
  const answer = ruleOf(ALL, place.name)?.http?.(request, platformOf(place));
  return answer ?? new Response("not found", { status: 404 });
}

/** Whether a request is for `site`. */
export function isSite(request: Request): boolean {
  return new URL(request.url).pathname.startsWith("/site/");
}
