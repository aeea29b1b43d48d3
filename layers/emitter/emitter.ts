/** The emitter, which reaches all clients of a namespace from outside of the server. */
import {
  isReservedServerEvent,
  notAllAsked,
  SERVERS_TIMEOUT,
  type ServerResponses,
} from "../../glue/adapter/calls/calls.ts";
import type {
  AllButLast,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
} from "../../glue/socket.io/index.ts";
import { EmitterOperator, eventOf } from "./operator.ts";
import type { Outbox, Sent } from "./outbox.ts";

/**
 * Emits to the clients of a server from outside of it. Made by `emitter`.
 *
 * @example
 * const io = emitter<ToClient>(env.CHAT);
 * await io.to("room1").emit("news", "hi");
 */
export class Emitter<
  EmitEvents extends EventsMap = DefaultEventsMap,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  // biome-ignore lint/suspicious/noExplicitAny: as the server's
  SocketData = any,
> extends EmitterOperator<EmitEvents, SocketData> {
  /** @internal */
  constructor(outbox: Outbox, namespace: string) {
    super(outbox, { namespace, rooms: [], except: [], flags: {} });
  }

  /**
   * The emitter of another namespace.
   *
   * @example
   * await io.of("/admin").emit("news", "for admins");
   */
  of<
    NamespaceEmitEvents extends EventsMap = EmitEvents,
    NamespaceServerSideEvents extends EventsMap = ServerSideEvents,
    NamespaceSocketData = SocketData,
  >(
    namespace: string,
  ): Emitter<NamespaceEmitEvents, NamespaceServerSideEvents, NamespaceSocketData> {
    return new Emitter(this.outbox, namespace.startsWith("/") ? namespace : `/${namespace}`);
  }

  /**
   * Emits to the listeners that the server has on `io`, or on its namespace of this name.
   *
   * @throws Error for the name of one of the library's own events, and for a function as last argument
   * @example
   * await io.serverSideEmit("reload", "settings"); // io.on("reload", (what) => {}) on the server
   */
  serverSideEmit<Ev extends EventNamesWithoutAck<ServerSideEvents>>(
    ev: Ev,
    ...args: EventParams<ServerSideEvents, Ev>
  ): Sent {
    const { namespace } = this.narrowing;
    const data = eventOf(ev, args, isReservedServerEvent, "serverSideEmitWithAck");
    return this.outbox.tell({ kind: "serverSideEmit", namespace, data });
  }

  /**
   * The same, and resolves with what the server's listener answers: one response for each object of a server that
   * is spread over several. Rejects when not all have answered within five seconds: the error has those that came as
   * `responses`.
   *
   * @example
   * const [count] = await io.serverSideEmitWithAck("how many?");
   */
  async serverSideEmitWithAck<
    Ev extends EventNamesWithAck<ServerSideEvents> & EventNames<ServerSideEvents>,
  >(
    ev: Ev,
    ...args: AllButLast<EventParams<ServerSideEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]> {
    const { namespace } = this.narrowing;
    const answer = await this.outbox.ask({
      kind: "serverSideEmitWithAck",
      namespace,
      timeout: SERVERS_TIMEOUT,
      data: eventOf(ev, args, isReservedServerEvent, "serverSideEmitWithAck"),
    });
    const { responses, failures } = answer as ServerResponses;
    if (failures.length === 0) return responses as never;
    throw Object.assign(notAllAsked(failures), { responses });
  }

  /**
   * Resolves when the server has all that was emitted before, by this emitter and those of other namespaces that
   * came from it. Rejects with the first failure, since the last time, of what nobody awaited.
   *
   * @example
   * for (const { body } of batch.messages) io.to(body.room).emit("news", body.text);
   * await io.flush();
   */
  flush(): Promise<void> {
    return this.outbox.flush();
  }
}
