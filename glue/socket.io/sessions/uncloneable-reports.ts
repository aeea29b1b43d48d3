/** Tells of what a snapshot of a socket leaves out, because it cannot be cloned: of each thing once. */

import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { SavedSocket } from "../../sleep/snapshot/saved-socket.ts";
import { withoutUncloneable } from "../../sleep/values/cloneable.ts";

/** The server, as it is told of losses. */
interface TellingServer {
  readonly _runtime: Pick<Runtime, "debug">;
  _report(error: unknown, namespace: string, id: string): void;
}

/** A socket of which something is lost. */
interface LosingSocket {
  readonly id: string;
  readonly nsp: { readonly name: string };
  /** Which socket it is, for messages. */
  _describe(): string;
}

export class UncloneableReports {
  readonly #server: TellingServer;
  /** Names of socket properties that were logged. */
  readonly #logged = new Set<string>();
  /** What was reported, by socket. */
  readonly #reported = new WeakMap<LosingSocket, Set<string>>();

  constructor(server: TellingServer) {
    this.#server = server;
  }

  /** Logs, under `DEBUG`, that a property that the application has set on a socket is not kept. */
  logProperty(socket: LosingSocket, key: string): void {
    if (typeof DORMOUSE_DIAGNOSTICS !== "undefined" && !DORMOUSE_DIAGNOSTICS) return;
    if (this.#logged.has(key)) return;
    this.#logged.add(key);
    this.#server._runtime.debug?.("socket", `socket.${key} of ${socket._describe()} is not kept`);
  }

  /** The part of a snapshot that can be cloned. The rest is reported. */
  withoutUncloneable(socket: LosingSocket, saved: SavedSocket): SavedSocket {
    const tell = (what: string) => (key: string) => this.#report(socket, `${what}.${key}`);
    return {
      ...saved,
      auth: withoutUncloneable(saved.auth, tell("socket.handshake.auth")),
      data: withoutUncloneable(saved.data, tell("socket.data")),
      own: withoutUncloneable(saved.own, (key) => this.logProperty(socket, key)),
    };
  }

  #report(socket: LosingSocket, what: string): void {
    const reported = this.#reported.get(socket) ?? new Set();
    if (reported.has(what)) return;
    this.#reported.set(socket, reported.add(what));
    const problem = new TypeError(
      `dormouse: ${what} of ${socket._describe()} cannot be cloned and is lost when the object sleeps`,
    );
    this.#server._report(problem, socket.nsp.name, socket.id);
  }
}
