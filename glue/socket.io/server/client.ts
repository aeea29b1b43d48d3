/** One client: its connection and its sockets, as upstream's `socket.client` shows them. */
import * as DisconnectReason from "../../core/abi/disconnect-reason.gen.ts";
import * as EnginePacketType from "../../core/abi/engine-packet-type.gen.ts";
import * as Fault from "../../core/abi/fault.gen.ts";
import type { Connection, SendFlags } from "../../engine/connections/connection.ts";
import type { EngineRequest } from "../../engine/handshake/request.ts";
import type { Frame } from "../../engine/host/host.ts";
import type { SocketId } from "../types/socket-types.ts";
import type { Any, EventsMap } from "../types/typed-events.ts";
import type { Server } from "./server.ts";
import type { Socket } from "./socket.ts";

/** An event or an acknowledgement, as adapters write it. */
export interface OutgoingPacket {
  /** `PacketType`. */
  type: number;
  /** Default: the namespace of the socket. */
  nsp?: string;
  /** The id of an acknowledgement, or of an event that waits for one. */
  id?: number;
  /** The event's name and its arguments, or the arguments of an acknowledgement. */
  data: unknown[];
}

/** How a packet is sent. */
export interface PacketFlags extends SendFlags {
  /** Whether the packet is what `server.encoder` made. */
  preEncoded?: boolean;
}

/**
 * One client: what its sockets in all namespaces have in common. Adapters made for upstream write encoded packets
 * through it.
 */
export class Client<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData = Any,
> {
  /** The connection underneath. */
  readonly conn: Connection;
  /** The server, as `io`. */
  readonly server: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;

  /** @internal */
  constructor(
    server: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    conn: Connection,
  ) {
    this.server = server;
    this.conn = conn;
  }

  /** The connection's id, which is a secret of the client. */
  get id(): string {
    return this.conn.id;
  }

  /** The request that opened the connection. */
  get request(): EngineRequest {
    return this.conn.request as EngineRequest;
  }

  /** Its connected sockets by id. */
  get sockets(): Map<SocketId, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> {
    return new Map(this.#connected().map((socket) => [socket.id, socket]));
  }

  /** Its connected sockets by the names of their namespaces. */
  get nsps(): Map<string, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> {
    return new Map(this.#connected().map((socket) => [socket.nsp.name, socket]));
  }

  /** @internal Disconnects its sockets, then closes the connection. */
  _disconnect(): void {
    for (const socket of this.#connected()) socket.disconnect();
    this.close();
  }

  /** Closes the connection; its sockets disconnect with `forced close`. */
  close(): void {
    this.server._runtime.closeConnection(this.conn, DisconnectReason.forced_close);
  }

  /** @internal Sends a packet, or with `preEncoded` what `server.encoder` made of one. */
  _packet(packet: OutgoingPacket | Frame[], flags?: PacketFlags): void {
    if (flags?.preEncoded) {
      this.writeToEngine(packet as Frame[], flags);
      return;
    }
    const { type, nsp, id, data } = packet as OutgoingPacket;
    const runtime = this.server._runtime;
    runtime.send(this.conn, runtime.encode(type, nsp ?? "/", id, data), flags);
  }

  /**
   * Takes an Engine.IO message as if the client had sent it: text, or bytes. Anything else cannot be
   * decoded: `error` on the sockets, and the connection is closed.
   */
  ondata(data: unknown): void {
    const { conn } = this;
    const runtime = this.server._runtime;
    if (runtime.gate.isDropping) return;
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    if (typeof bytes === "string") runtime.handleMessage(conn, EnginePacketType.message + bytes);
    else if (bytes instanceof Uint8Array) runtime.handleMessage(conn, conn._frame(bytes));
    else runtime.handleFault(conn, Fault.invalid_payload);
  }

  /** Sends what `server.encoder` made. */
  writeToEngine(encodedPackets: Frame | Frame[], flags?: SendFlags): void {
    if (flags?.volatile && !this.conn.transport.writable) return;
    const packets = Array.isArray(encodedPackets) ? encodedPackets : [encodedPackets];
    for (const packet of packets) this.conn.write(packet, { compress: flags?.compress });
  }

  #connected(): Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>[] {
    const sessions = this.server._sessions;
    return Array.from(this.server._runtime.sessionsOf(this.conn), (session) =>
      sessions.find(session),
    ).filter((socket) => socket?.connected) as Socket<Any, Any, Any, Any>[];
  }
}
