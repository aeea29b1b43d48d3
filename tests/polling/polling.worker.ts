/** The servers in Durable Objects, and in PartyServer's class: one class of each kind per server. */
import { createServer, routeSocketIO } from "dormouse-io";
import { createServer as createParty } from "dormouse-io/partyserver";
import { polling } from "dormouse-io/polling";
import { OPTIONS, SERVER_NAMES, type ServerName, setup, transportsOf } from "./application.ts";

function optionsOf(server: ServerName): object {
  const transports = transportsOf(server).map((name) => (name === "polling" ? polling : name));
  return { ...OPTIONS[server], transports };
}

export function makeObject(server: ServerName) {
  return createServer(optionsOf(server), (io, { name = "" }) => setup(io as never, name));
}

export function makeParty(server: ServerName) {
  return createParty(optionsOf(server), (io, { name = "" }) => setup(io as never, name));
}

/** `/<binding>/<room>/socket.io/…` */
export default {
  async fetch(request: Request, env: Record<string, never>): Promise<Response> {
    const url = new URL(request.url);
    const [, binding = "", name = "", ...rest] = url.pathname.split("/");
    url.pathname = `/${rest.join("/")}`;
    const response = await routeSocketIO(new Request(url, request), env[binding] as never, {
      name,
    });
    return response ?? new Response("not found", { status: 404 });
  },
};

export { SERVER_NAMES };
