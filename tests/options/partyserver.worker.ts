/** The servers as classes of PartyServer. */
import { createServer } from "dormouse-io/partyserver";
import { routePartykitRequest } from "partyserver";
import { type ServerName, serversOn, setup } from "./servers.ts";

/** The class of a server. */
export function makeClass(server: ServerName) {
  return createServer(serversOn("PartyServer")[server], (io, { name = "" }) => setup(io, name));
}

export default {
  async fetch(request: Request, env: Record<string, DurableObjectNamespace>): Promise<Response> {
    const routed = await routePartykitRequest(request, env);
    return routed ?? new Response("not found", { status: 404 });
  },
};
