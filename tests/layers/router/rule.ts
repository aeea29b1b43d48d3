/**
 * A sentence of `docs/router.md` with the server that it is about and the clients that find it true. Runs
 * on every host, asleep before every event where the host can be put to sleep.
 *
 * Rules are bundled into a Worker as a whole: at run time their files import the router and nothing of
 * Node's.
 */
import type { Server } from "../../../glue/socket.io/index.ts";
import type { ObjectStorage, SessionStore } from "../../../layers/router/session/index.ts";
import type { ClientContext } from "../../scenarios/harness/context.ts";
import type { Log } from "../../scenarios/scenario.ts";

export interface Rule {
  name: string;
  /** Runs again with every wake. `platform`: what the host's `setup` is given. */
  server(io: Server, log: Log, platform: Platform): void | Promise<void>;
  client(t: ClientContext): Promise<void>;
  /** Answers HTTP requests of the same site, below `/site/`. */
  http?(request: Request, platform: Platform): Promise<Response>;
  /** Hosts where it cannot hold, and why. */
  not?: Partial<Record<HostName, string>>;
}

export type HostName = "node" | "durable objects" | "partyserver" | "partykit";

/** What there is beside `io`. */
export interface Platform {
  host: HostName;
  /** In the object's storage, on platforms that have one. */
  store: SessionStore;
  storage?: ObjectStorage;
}

export function rules(list: Rule[]): Rule[] {
  return list;
}
