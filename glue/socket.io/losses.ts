/** Tells of what a snapshot of a socket leaves out, because it cannot be cloned: of each thing once. */

import { withoutUncloneable } from "../sleep/cloneable.ts";
import type { SavedSocket } from "../sleep/saved-socket.ts";
import type { Server } from "./server.ts";
import type { SocketSession } from "./socket-session.ts";
import type { Any } from "./typed-events.ts";

type AnySession = SocketSession<Any, Any, Any, Any>;

export class Losses {
  readonly #server: Server<Any, Any, Any, Any>;
  /** Names of socket properties that were logged. */
  readonly #logged = new Set<string>();
  /** What was reported, by socket. */
  readonly #reported = new WeakMap<AnySession, Set<string>>();

  constructor(server: Server<Any, Any, Any, Any>) {
    this.#server = server;
  }

  /** Logs, under `DEBUG`, that a property that the application has set on a socket is not kept. */
  logProperty(socket: AnySession, key: string): void {
    if (typeof DORMOUSE_DIAGNOSTICS !== "undefined" && !DORMOUSE_DIAGNOSTICS) return;
    if (this.#logged.has(key)) return;
    this.#logged.add(key);
    this.#server._runtime.debug?.("socket", `socket.${key} of ${socket._describe()} is not kept`);
  }

  /** The part of a snapshot that can be cloned. The rest is reported. */
  withoutUncloneable(socket: AnySession, saved: SavedSocket): SavedSocket {
    const tell = (what: string) => (key: string) => this.#report(socket, `${what}.${key}`);
    return {
      ...saved,
      auth: withoutUncloneable(saved.auth, tell("socket.handshake.auth")),
      data: withoutUncloneable(saved.data, tell("socket.data")),
      own: withoutUncloneable(saved.own, (key) => this.logProperty(socket, key)),
    };
  }

  #report(socket: AnySession, what: string): void {
    const reported = this.#reported.get(socket) ?? new Set();
    if (reported.has(what)) return;
    this.#reported.set(socket, reported.add(what));
    const problem = new TypeError(
      `dormouse: ${what} of ${socket._describe()} cannot be cloned and is lost when the object sleeps`,
    );
    this.#server._report(problem, socket.nsp.name, socket.id);
  }
}
