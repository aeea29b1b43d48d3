/** What `io.of(/regex/)` and `io.of(function)` return: it stands for the namespaces it makes. */

import { Adapter, type BroadcastOptions } from "../../adapter/rooms/adapter.ts";
import { NONE } from "../../core/abi.gen.ts";
import type { RemoteSocket } from "../emitting/remote-socket.ts";
import type {
  Any,
  DefaultEventsMap,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
} from "../types/typed-events.ts";
import { Namespace } from "./namespace.ts";
import type { Server } from "./server.ts";

/**
 * Decides whether a namespace may be made: `fn(null, true)` allows it.
 *
 * @example
 * io.of((name, auth, fn) => fn(null, name.startsWith("/team-") && isMember(auth.token)));
 */
export type ParentNspNameMatchFn = (
  name: string,
  auth: Record<string, Any>,
  fn: (err: Error | null, success: boolean) => void,
) => void;

export class ParentNamespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
> extends Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  readonly #children = new Set<Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>();
  readonly #index: number;

  /** @internal */
  constructor(server: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) {
    super(server, `/_${server._parentNamespaces.size}`);
    this.#index = server._parentNamespaces.size;
  }

  /** The namespaces made so far that still exist. */
  get children(): Set<Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> {
    // Children whose clients all sleep are made again when those are restored.
    this._runtime.wakeAllOnceStarted();
    return this.#children;
  }

  /** Emits to all clients of all children. */
  override emit<Ev extends EventNamesWithoutAck<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean {
    for (const child of this.children) child.emit(ev, ...args);
    return true;
  }

  /** Opens a namespace with the middlewares and connection listeners of this one. */
  createChild(name: string): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const { server } = this;
    const child = new Namespace(server, name);
    child._parentIndex = this.#index;
    child._fns.push(...this._fns);
    this.#children.add(child);
    if (server._opts.cleanupEmptyChildNamespaces) {
      child._onSocketGone = () => this.#closeIfEmpty(child);
    }
    server._nsps.set(name, child);
    child._register(() => {
      for (const listener of this.listeners("connect")) child.on("connect", listener);
      for (const listener of this.listeners("connection")) child.on("connection", listener);
      server.sockets._announceNamespace(child);
    });
    return child;
  }

  /** Throws: each child has its own. */
  override get data(): never {
    throw new Error("dormouse: a parent namespace has no data, its children have: socket.nsp.data");
  }

  override fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    throw new Error("fetchSockets() is not supported on parent namespaces");
  }

  /** @internal */
  override get _calledAs(): string {
    return "io.of(…)";
  }

  /** @internal */
  override _describe(): string {
    return "dynamic namespaces";
  }

  /** @internal The core knows nothing of it: no client can join it. */
  override _open(): void {}

  /** @internal */
  override _initAdapter(): void {
    this.adapter = new ParentAdapter(this);
  }

  #closeIfEmpty(child: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    if (child._handle === NONE || child._preConnectSockets.size > 0 || child.sockets.size > 0)
      return;
    if (!child._close()) return;
    this.server._nsps.delete(child.name);
    this.#children.delete(child);
  }
}

/** Broadcasts to the children. */
class ParentAdapter extends Adapter<ParentNamespace<Any, Any, Any, Any>> {
  override broadcast(packet: Any, opts: BroadcastOptions): void {
    for (const child of this.nsp.children) child.adapter.broadcast({ ...packet }, opts);
  }
}
