/**
 * A sentence of `docs/auth.md` with the server that it is about and the clients that find it true. Runs on
 * every host, asleep before every event where the host can be put to sleep.
 *
 * Rules are bundled into a Worker as a whole: at run time their files import the helper and nothing of
 * Node's.
 */
import type { Server } from "../../../glue/socket.io/index.ts";
import { type ServerHelperOptions, SocketIOServerHelper } from "../../../layers/auth/index.ts";
import { type Control, controls } from "../../scenarios/controls.ts";
import type { ClientContext } from "../../scenarios/harness/context.ts";
import type { Log } from "../../scenarios/scenario.ts";

export interface Rule {
  name: string;
  /** Runs again with every wake. */
  server(io: Server, log: Log): void | Promise<void>;
  client(t: ClientContext): Promise<void>;
  /** Why the object does not sleep meanwhile. */
  awake?: string;
}

export function rules(list: Rule[]): Rule[] {
  return list;
}

/** The message and the time of what the helper sends. */
export interface Told {
  id?: string;
  message?: string;
  time: string;
}

/** A helper that lets in whose token is right, and waits for ever: a timer would keep the object awake. */
export function guard(
  io: Server,
  log: Log,
  options: Partial<ServerHelperOptions> = {},
): SocketIOServerHelper {
  const helper = new SocketIOServerHelper({
    io,
    identifier: "rule",
    authenticateFn: ({ auth }) => auth.token === "right",
    authenticateTimeout: Number.POSITIVE_INFINITY,
    logger: {
      info: () => {},
      debug: () => {},
      warn: (message) => log("warn", message),
      error: (message) => log("error", message),
    },
    ...options,
  });
  helper.configure();
  return helper;
}

export const RIGHT = { auth: { token: "right" } };
export const WRONG = { auth: { token: "wrong" } };

/** Lets clients call these with `t.control(name)`. */
export function offer(io: Server, functions: Record<string, Control>): void {
  // It is written for upstream's server, with what the two have in common.
  controls(io as never, functions);
}
