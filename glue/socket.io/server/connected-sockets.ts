/** What `namespace.sockets` shows: who is connected, by id. */

import type { MapSource } from "../../adapter/rooms/live-views.ts";
import { NONE } from "../../core/abi.gen.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { SocketId } from "../types/socket-types.ts";

/** The namespace. */
interface NamespaceOf<Socket> {
  /** The core's handle; `NONE` if the core does not know it. */
  readonly _handle: number;
  readonly _runtime: Runtime;
  readonly server: { readonly _sessions: { find(session: number): Socket | undefined } };
  /** The session of a socket that is connected, about to be, or leaving. */
  _findSession(id: SocketId): number | undefined;
}

/** The connected sockets of a namespace, as a view has them. Those that slept are made when they are got. */
export class ConnectedSockets<Socket extends { readonly connected: boolean }>
  implements MapSource<SocketId, Socket>
{
  readonly #nsp: NamespaceOf<Socket>;

  constructor(nsp: NamespaceOf<Socket>) {
    this.#nsp = nsp;
  }

  keys(): SocketId[] {
    const { _handle: handle, _runtime: runtime } = this.#nsp;
    if (handle === NONE) return [];
    return Array.from(runtime.resolveInOrder(handle, [], []), (session) =>
      runtime.sessionId(session),
    );
  }

  get(id: SocketId): Socket | undefined {
    const session = this.#nsp._findSession(id);
    if (session === undefined) return undefined;
    const socket = this.#nsp.server._sessions.find(session);
    return socket?.connected ? socket : undefined;
  }

  size(): number {
    const { _handle: handle, _runtime: runtime } = this.#nsp;
    return handle === NONE ? 0 : runtime.resolve(handle, [], []).sessions.length;
  }
}
