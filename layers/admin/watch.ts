/**
 * What admins see, while there are any: numbers every two seconds, and in development what happens to sockets. It
 * listens to those that there are and those that come, and when the last admin has left it listens to nothing.
 */
import type { Adapter, Connection } from "../../glue/socket.io/index.ts";
import { EventCounts } from "./event-counts.ts";
import type { Settings } from "./options.ts";
import type { AnyNamespace, AnyServer, AnySocket, SerializedSocket } from "./protocol.ts";
import { fitting, serialize, shown, shownEvent } from "./protocol.ts";
import { Quota } from "./quota.ts";

/** How often numbers are told, in milliseconds. */
const INTERVAL = 2_000;
/** The data of so many sockets is looked at, in that time, for changes. */
const MAX_LOOKS = 500;

/** So many namespaces are told; clients can make them where they have no fixed names. */
const MAX_NAMESPACES = 1_000;

const encoder = new TextEncoder();

/** Who begins a watch hears of it. */
export interface WatchListener {
  /** The numbers have been told. */
  ticked(): void;
  /** More has changed than could be told: what pages know of sockets is out of date. */
  outdated(): void;
}

export class Watch {
  readonly #io: AnyServer;
  readonly #admins: AnyNamespace;
  readonly #settings: Settings;
  readonly #counts = new EventCounts();
  /** What stops listening to each. */
  readonly #connections = new Map<Connection, () => void>();
  readonly #sockets = new Map<AnySocket, () => void>();
  readonly #namespaces = new Map<AnyNamespace, () => void>();
  /** The data of sockets as it was told. */
  readonly #data = new Map<AnySocket, string>();
  readonly #listener: WatchListener;
  readonly #release: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Of what clients and the server send each other; what is not told is in the numbers. */
  readonly #events = new Quota();
  /** Of what becomes of sockets; apart, so that no traffic hides from pages who is there. */
  readonly #changes = new Quota();

  /** Begins. It, and what is added later, begins anew after a sleep. */
  constructor(io: AnyServer, admins: AnyNamespace, settings: Settings, listener: WatchListener) {
    this.#io = io;
    this.#admins = admins;
    this.#settings = settings;
    this.#listener = listener;
    this.#release = io.keepAwake("an admin looks on");
    this.#timer = setInterval(() => {
      this.#tick();
      this.#listener.ticked();
    }, INTERVAL);
    (this.#timer as { unref?: () => void }).unref?.();
    for (const connection of Object.values(io.engine.clients)) this.#listenToConnection(connection);
    io.engine.on("connection", this.#addConnection);
    for (const namespace of io._nsps.values()) {
      this.addNamespace(namespace);
      for (const socket of [...namespace.sockets.values()]) this.#listen(socket);
    }
    this.#tick();
  }

  /** The sockets of this part of the server, as the page shows them; none where it shows numbers alone. */
  get all(): SerializedSocket[] {
    return this.#isVerbose ? fitting(this.#serialized()) : [];
  }

  *#serialized(): Iterable<SerializedSocket> {
    for (const { sockets } of this.#io._nsps.values()) {
      for (const socket of sockets.values()) yield serialize(socket);
    }
  }

  /** A namespace is there. */
  addNamespace(namespace: AnyNamespace): void {
    if (!this.#isVerbose || this.#namespaces.has(namespace)) return;
    const adapter: Adapter = namespace.adapter;
    const onJoin = (room: string, id: string) => {
      this.#tell(this.#changes, "room_joined", () => [namespace.name, room, id, new Date()]);
    };
    const onLeave = (room: string, id: string) => {
      this.#tell(this.#changes, "room_left", () => [namespace.name, room, id, new Date()]);
    };
    adapter.on("join-room", onJoin).on("leave-room", onLeave);
    this.#namespaces.set(namespace, () => {
      adapter.off("join-room", onJoin).off("leave-room", onLeave);
    });
  }

  /** A client has joined a namespace. */
  add(socket: AnySocket): void {
    this.#listen(socket);
    if (!this.#isVerbose) return;
    this.#tell(this.#changes, "socket_connected", () => [serialize(socket), new Date()]);
  }

  /** Ends. */
  stop(): void {
    clearInterval(this.#timer);
    // None of it is registered again by others.
    this.#io.registersAgain(() => {
      this.#io.engine.off("connection", this.#addConnection);
      for (const stops of [this.#connections, this.#sockets, this.#namespaces]) {
        for (const stop of stops.values()) stop();
        stops.clear();
      }
    });
    this.#data.clear();
    this.#release();
  }

  get #isVerbose(): boolean {
    return this.#settings.mode === "development";
  }

  // --- clients -----------------------------------------------------------------------------------------

  #listen(socket: AnySocket): void {
    if (this.#sockets.has(socket)) return;
    const stop = this.#isVerbose ? this.#listenToSocket(socket) : () => {};
    this.#sockets.set(socket, stop);
  }

  #listenToSocket(socket: AnySocket): () => void {
    const { name } = socket.nsp;
    const onReceived = (...args: unknown[]) => {
      const rest = typeof args.at(-1) === "function" ? args.slice(0, -1) : args;
      const describe = () => [name, socket.id, shownEvent(rest), new Date()];
      this.#tell(this.#events, "event_received", describe);
    };
    const onSent = (...args: unknown[]) => {
      const describe = () => [name, socket.id, shownEvent(args), new Date()];
      this.#tell(this.#events, "event_sent", describe);
    };
    const onGone = (reason: string) => {
      this.#tell(this.#changes, "socket_disconnected", () => [name, socket.id, reason, new Date()]);
      this.#sockets.delete(socket);
      this.#data.delete(socket);
    };
    this.#data.set(socket, textOf(socket));
    const isAdmin = socket.nsp === this.#admins;
    const { conn } = socket;
    const onUpgrade = () => {
      const { id, nsp } = socket;
      const transport = conn.transport.name;
      this.#tell(this.#changes, "socket_updated", () => [{ id, nsp: nsp.name, transport }]);
    };
    conn.on("upgrade", onUpgrade);
    socket.on("disconnect", onGone);
    if (!isAdmin) socket.onAny(onReceived).onAnyOutgoing(onSent);
    return () => {
      conn.off("upgrade", onUpgrade);
      socket.off("disconnect", onGone);
      if (!isAdmin) socket.offAny(onReceived).offAnyOutgoing(onSent);
    };
  }

  /** A client has connected. It may join namespaces, or none. */
  readonly #addConnection = (connection: Connection): void => {
    this.#counts.add("rawConnection");
    this.#listenToConnection(connection);
  };

  #listenToConnection(connection: Connection): void {
    const counts = this.#counts;
    const onIn = ({ data }: { data?: string | Uint8Array }) => count("In", data);
    const onOut = ({ data }: { data?: string | Uint8Array }) => count("Out", data);
    const count = (direction: string, data: string | Uint8Array | undefined): void => {
      if (!data) return;
      counts.add(`packets${direction}`);
      counts.add(`bytes${direction}`, undefined, sizeOf(data));
    };
    const onClose = (reason: string) => {
      counts.add("rawDisconnection", reason);
      this.#connections.delete(connection);
    };
    connection.on("packet", onIn).on("packetCreate", onOut).on("close", onClose);
    this.#connections.set(connection, () => {
      connection.off("packet", onIn).off("packetCreate", onOut).off("close", onClose);
    });
  }

  // --- what is told ------------------------------------------------------------------------------------

  /** `describe` is not called for what is not told: a busy server has many more events. */
  #tell(quota: Quota, event: string, describe: () => unknown[]): void {
    if (quota.isSpent) {
      quota.note();
      return;
    }
    const args = describe();
    quota.spend(JSON.stringify(args).length);
    this.#admins.emit(event, ...args);
  }

  #tick(): void {
    this.#events.renew();
    if (this.#changes.renew() > 0) this.#listener.outdated();
    // Adapters by which several servers are one give each an id.
    const { uid } = this.#admins.adapter as { uid?: string };
    const { serverId = uid ?? "dormouse" } = this.#settings;
    const clients = Object.values(this.#io.engine.clients);
    const { at, startedAt } = this.#io.stats();
    this.#admins.emit("server_stats", {
      serverId,
      hostname: serverId,
      pid: 1,
      uptime: (at - startedAt) / 1000,
      clientsCount: clients.length,
      pollingClientsCount: clients.filter(({ transport }) => String(transport.name) === "polling")
        .length,
      aggregatedEvents: this.#counts.take(),
      namespaces: this.#largest(),
    });
    this.#lookForChanges();
  }

  /** Namespaces and how many sockets they have: those that have the most, if there are very many. */
  #largest(): { name: string; socketsCount: number }[] {
    const all = Array.from(this.#io._nsps.values(), ({ name, sockets }) => {
      return { name, socketsCount: sockets.size };
    });
    if (all.length <= MAX_NAMESPACES) return all;
    return all.sort((a, b) => b.socketsCount - a.socketsCount).slice(0, MAX_NAMESPACES);
  }

  /** Applications change `data` without a word. Of many sockets some are looked at each time, in turn. */
  #lookForChanges(): void {
    for (const [socket, before] of [...this.#data].slice(0, MAX_LOOKS)) {
      const text = textOf(socket);
      this.#data.delete(socket);
      this.#data.set(socket, text);
      if (text === before) continue;
      const { id, nsp, data } = socket;
      this.#tell(this.#changes, "socket_updated", () => [{ id, nsp: nsp.name, data: shown(data) }]);
    }
  }
}

function textOf({ data }: AnySocket): string {
  return JSON.stringify(shown(data)) ?? "";
}

function sizeOf(data: string | Uint8Array): number {
  return typeof data === "string" ? encoder.encode(data).length : data.byteLength;
}
