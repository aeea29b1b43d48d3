/** The package's entry for PartyKit: servers that are parties. */
import type * as Party from "partykit/server";
import {
  type ResolvedOptions,
  resolveOptions,
  type ServerOptions,
} from "../../glue/socket.io/server/options.ts";
import type { Server } from "../../glue/socket.io/server/server.ts";
import type { Any, DefaultEventsMap, EventsMap } from "../../glue/socket.io/types/typed-events.ts";
import { readArguments } from "../shared/create-server/create-server-arguments.ts";
import type {
  CreateServer,
  CreateServerTypes,
  Events,
} from "../shared/create-server/create-server-types.ts";
import type { OnAlarm } from "../shared/create-server/setup-function.ts";
import { type ChooseRoom, Edge } from "./edge.ts";
import { RoomServer } from "./room.ts";

export * from "../../glue/socket.io/index.ts";
export type { Server } from "../../glue/socket.io/server/server.ts";

/** The options of a server that is a party. */
export interface PartyOptions extends ServerOptions<Party.FetchLobby> {
  /** The room of a client that addresses none. Default: one room, `default`, for all. */
  room?: ChooseRoom;
}

/**
 * Registers the listeners. Runs whenever the room starts or wakes up. `onAlarm` adds a handler of the room's own
 * alarm, beside the class's `onAlarm()`.
 */
export type Setup<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> = (
  io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  room: Party.Room,
  more: { onAlarm: OnAlarm },
) => void | Promise<void>;

/**
 * A room. A subclass may have connections, requests and alarms of its own: PartyKit's handlers get what
 * belongs to them and nothing of ours, and need not call `super`.
 */
export interface ServerRoom<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
> extends Party.Server {
  /** The server, as `setup` gets it. */
  readonly io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** PartyKit's room. */
  readonly room: Party.Room;
}

/**
 * The class that `createServer` makes. Its static methods are where requests come in: a subclass that
 * has the same ones must call these and return what they give, unless that is null or the request.
 */
export interface ServerRoomClass<Room extends ServerRoom<Any, Any, Any, Any>> {
  new (room: Party.Room): Room;
  /** Takes requests to the server's path. Null for all others. */
  onFetch(
    request: Party.Request,
    lobby: Party.FetchLobby,
    ctx: Party.ExecutionContext,
  ): Promise<Response | null>;
  /** Takes those that address a room: `/parties/:party/:room/socket.io/`. */
  onBeforeConnect(
    request: Party.Request,
    lobby: Party.Lobby,
    ctx: Party.ExecutionContext,
  ): Promise<Party.Request | Response>;
  /** Takes requests of clients that poll and address a room. */
  onBeforeRequest(
    request: Party.Request,
    lobby: Party.Lobby,
    ctx: Party.ExecutionContext,
  ): Promise<Party.Request | Response>;
}

/** What `createServer` takes and makes here. */
interface RoomPlatform extends CreateServerTypes {
  readonly options: PartyOptions;
  readonly setup: Setup<
    Events<this["listens"]>,
    Events<this["emits"]>,
    Events<this["serverSide"]>,
    this["data"]
  >;
  readonly made: ServerRoomClass<
    ServerRoom<
      Events<this["listens"]>,
      Events<this["emits"]>,
      Events<this["serverSide"]>,
      this["data"]
    >
  >;
}

/** Makes a party that is a Socket.IO server: the default export of a PartyKit project. */
export const createServer: CreateServer<RoomPlatform> = (
  first: PartyOptions | Setup<Any, Any, Any, Any>,
  second?: Setup<Any, Any, Any, Any>,
) => {
  const { options: given, setup } = readArguments<PartyOptions, Setup<Any, Any, Any, Any>>(
    first,
    second,
  );
  const options = resolvePartyOptions(given);
  const edge = new Edge(options, given.room ?? (() => "default"));
  return class extends SocketIoRoom {
    constructor(room: Party.Room) {
      super(room, options, setup);
    }

    static onFetch(request: Any, lobby: Any, ctx: unknown) {
      return edge.handleFetch(request, lobby, ctx);
    }

    static onBeforeConnect(request: Any, lobby: Any, ctx: unknown): Promise<Any> {
      return edge.handleParty(request, lobby, ctx);
    }

    static onBeforeRequest(request: Any, lobby: Any, ctx: unknown): Promise<Any> {
      return edge.handleParty(request, lobby, ctx);
    }
  };
};

class SocketIoRoom implements ServerRoom<Any, Any, Any, Any> {
  readonly io: Server<Any, Any, Any, Any>;
  readonly room: Party.Room;
  /** PartyKit's options. */
  readonly options: Party.ServerOptions;

  constructor(room: Party.Room, options: ResolvedOptions, setup: Setup<Any, Any, Any, Any>) {
    this.room = room;
    this.options = { hibernate: options.hibernate !== false };
    this.io = new RoomServer(this, room, options, setup).io;
  }

  /** For requests of a subclass. PartyKit looks for it before it asks a room. */
  onRequest(_request: Party.Request): Any {
    return new Response("not found", { status: 404 });
  }
}

function resolvePartyOptions(given: PartyOptions): ResolvedOptions {
  const room = {
    accepts: (value: unknown) => typeof value === "function",
    expectation: "a function",
  };
  return resolveOptions(given, { checks: { room } });
}
