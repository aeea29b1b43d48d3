/** The servers as Durable Objects, at `/parties/<server>/<room>` like those of the parties. */
import { createServer, routeSocketIO } from "dormouse-io";
import { classOf, type ServerName, serversOn, setup } from "./servers.ts";

const servers = serversOn("Durable Objects");

/** The class of a server. */
export function makeClass(server: ServerName) {
  return createServer(servers[server], (io, { name = "" }) => setup(io, name));
}

export default {
  async fetch(request: Request, env: Record<string, DurableObjectNamespace>): Promise<Response> {
    const url = new URL(request.url);
    const [, , server = "", room = "", ...rest] = url.pathname.split("/");
    const namespace = env[classOf(server)];
    if (namespace === undefined) return new Response("no such server", { status: 404 });
    url.pathname = `/${rest.join("/")}`;
    const { path, addTrailingSlash } = servers[server as ServerName];
    const routed = await routeSocketIO(new Request(url, request), namespace, {
      name: room,
      ...(path !== undefined && { path }),
      ...(addTrailingSlash !== undefined && { addTrailingSlash }),
    });
    return routed ?? new Response("not found", { status: 404 });
  },
};
