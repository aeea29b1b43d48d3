/** The server of random programs, as one object and spread over three. */
import { createServer, routeSocketIO, type Server } from "dormouse-io";
import { shards } from "dormouse-io/shards";
import { serve } from "./programs.application.ts";

interface Env {
  readonly SINGLE: DurableObjectNamespace;
  readonly SPREAD: DurableObjectNamespace<Spread>;
  readonly RECOVERING: DurableObjectNamespace<Recovering>;
}

const spread = shards({
  count: 3,
  by: (request) => Number(new URL(request.url).searchParams.get("shard")),
});

const setup = (io: Server): void => serve(io as unknown as Parameters<typeof serve>[0], false);
const recovering = (io: Server): void => serve(io as unknown as Parameters<typeof serve>[0], true);

export class Single extends createServer(setup) {}

export class Spread extends createServer({ shards: spread }, setup) {
  abort(): void {
    this.ctx.abort("on purpose");
  }
}

export class Recovering extends createServer(
  { shards: spread, connectionStateRecovery: { durability: "strict" } },
  recovering,
) {
  abort(): void {
    this.ctx.abort("on purpose");
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get("server") ?? "";
    const binding = searchParams.get("binding") as keyof Env;
    if (pathname === "/abort" && binding !== "SINGLE") {
      await Promise.resolve(env[binding].getByName(name).abort()).catch(() => {});
      return new Response(null, { status: 204 });
    }
    const options = { name, ...(binding !== "SINGLE" && { shards: spread }) };
    const response = await routeSocketIO(request, env[binding], options);
    return response ?? new Response(null, { status: 404 });
  },
};
