/** The adapter of a shard: it serves the shard's own clients, and passes calls on to the other shards. */
import type { Any } from "../../common/any.ts";
import {
  type Call,
  notAllAsked,
  SERVERS_TIMEOUT,
  type Target,
  type TargetCall,
} from "../calls/calls.ts";
import { portable } from "../calls/portable.ts";
import { received } from "../calls/received-values.ts";
import { type MovableJournal, movableJournalOf } from "../recovery/movable-journal.ts";
import { SessionAwareAdapter } from "../recovery/session-aware-adapter.ts";
import type { BroadcastOptions, EmitterCall } from "../rooms/adapter.ts";
import type { AdapterNamespace } from "../rooms/adapter-namespace.ts";
import type { PrivateSessionId, Room, SocketId } from "../rooms/identifiers.ts";
import { plainRoom } from "../rooms/room-names.ts";
import type { Outcome } from "./messages/outcome.ts";
import { ANSWERS_UNDER_WAY } from "./messages/patience.ts";
import { portableOptions, portableRooms } from "./portable-rooms.ts";
import { type Shard, shardOf } from "./shard.ts";

const NO_ROOMS: ReadonlySet<Room> = new Set();

/** The adapter of a server that is spread over several objects. */
export class ShardAdapter<Nsp extends AdapterNamespace = Any> extends SessionAwareAdapter<Nsp> {
  /** Tells the shards of a server apart: the name of the object. */
  readonly uid: string;
  readonly #shard: Shard;
  /** Rooms that got their first member in the call that is being made. */
  #opened: Room[] = [];

  constructor(nsp: Nsp) {
    super(nsp);
    this.#shard = shardOf(nsp._runtime) as Shard;
    this.uid = this.#shard.name;
  }

  /** @internal */
  protected override _openJournal(): MovableJournal | undefined {
    return movableJournalOf(this.nsp);
  }

  /** @internal */
  override _checkSuccessor({ prototype }: { prototype?: unknown }): void {
    if (prototype instanceof ShardAdapter) return;
    throw new TypeError(
      "dormouse: an adapter of one of several shards must extend the class that io.adapter() gives: " +
        "others reach the clients of its own shard alone",
    );
  }

  override serverCount(): Promise<number> {
    return Promise.resolve(this.#shard.count);
  }

  /** @internal */
  override _beforeRecovery(
    pid: PrivateSessionId,
    offset: string | undefined,
    isWaiting: () => boolean,
  ): Promise<void> | undefined {
    return this.#shard.fetchSession({ nsp: this.nsp, pid, offset, isWaiting });
  }

  /** @internal */
  override _awaits(
    namespace: string,
    room: Room | null,
  ): { readonly parent: number | undefined } | undefined {
    return super._awaits(namespace, room) ?? this.#shard.awaitsSession(namespace, room);
  }

  /** @internal */
  override _beforeAdmission(): Promise<void> | undefined {
    return this.#shard.localRooms.announceNamespace(this.nsp);
  }

  override emit(event: Any, ...args: Any[]): boolean {
    if (event === "create-room") this.#opened.push(args[0]);
    else if (event === "delete-room") this.#shard.localRooms.noteEmptied(this.nsp.name, args[0]);
    return super.emit(event, ...args);
  }

  override delAll(id: SocketId): void {
    super.delAll(id);
    this.#shard.localRooms.noteEmptied(this.nsp.name, null);
  }

  /** Resolves once the socket is reached from other shards; undefined if it is by now. */
  override addAll(id: SocketId, given: Set<Room>): Promise<void> | void {
    const rooms = portableRooms(given);
    const outer = this.#opened;
    this.#opened = [];
    super.addAll(id, rooms);
    const opened = this.#opened;
    this.#opened = outer;
    for (const room of opened) this.#shard.localRooms.announce(this.nsp.name, room);
    return this.#shard.localRooms.whenAnnounced(this.nsp.name, rooms);
  }

  override del(id: SocketId, room: Room): Promise<void> | void {
    return super.del(id, plainRoom(room));
  }

  override broadcast(packet: Any, given: BroadcastOptions): void {
    const opts = portableOptions(given);
    const data = packet.data.slice();
    // An acknowledgement of one client is waited for here.
    if (opts.flags?.local || packet.id !== undefined) {
      super.broadcast(packet, opts);
      return;
    }
    if (this.nsp.server._recovery !== undefined) {
      packet.message = opts._call?.id ?? this.#shard.sender.nextMessage();
    }
    super.broadcast(packet, opts);
    const call: TargetCall = {
      kind: "broadcast",
      ...this.#target(opts),
      flags: flagsOf(opts),
      data: data.map(portable),
      message: packet.message,
    };
    this.#shard.sender.tell(call, opts._call);
  }

  /** @internal Clients of other shards have as much time to answer as those here, so answers may come later. */
  override get _answersUnderWay(): number {
    return ANSWERS_UNDER_WAY;
  }

  override broadcastWithAck(
    packet: Any,
    given: BroadcastOptions,
    clientCountCallback: (clientCount: number, failure?: string) => void,
    ack: (...args: Any[]) => void,
  ): void {
    const opts = portableOptions(given);
    const data = packet.data.slice();
    super.broadcastWithAck(packet, opts, clientCountCallback, ack);
    if (opts.flags?.local) return;
    const others = this.#shard.count - 1;
    const call: TargetCall = {
      kind: "broadcastWithAck",
      ...this.#target(opts),
      flags: flagsOf(opts),
      data: data.map(portable),
      timeout: opts.flags?.timeout ?? 0,
    };
    const finish = ({ clients, responses, failures }: Outcome): void => {
      for (const response of responses) ack(received(response));
      // Once per other shard, asked or not: after the last one, nothing more is waited for.
      for (let server = 0; server < others; server++) {
        clientCountCallback(server === 0 ? clients : 0, failures[server]);
      }
    };
    this.#shard.sender.pass(call, finish, opts._call?.id);
  }

  override async sockets(given: Set<Room>): Promise<Set<SocketId>> {
    const rooms = portableRooms(given);
    const ids = await super.sockets(rooms);
    for (const { id } of await this.#fetchOthers({ rooms })) ids.add(id);
    return ids;
  }

  /** Rejects if a shard could not be asked; the error has what there is as `sockets`. */
  override async fetchSockets(given: BroadcastOptions): Promise<Any[]> {
    const opts = portableOptions(given);
    const own = await super.fetchSockets(opts);
    if (opts.flags?.local) return own;
    return [...own, ...(await this.#fetchOthers(opts, own))];
  }

  /** Resolves once the sockets here are reached from other shards; undefined if they are by now. */
  override addSockets(given: BroadcastOptions, change: Room[]): Promise<void> | undefined {
    const opts = portableOptions(given);
    const rooms = change.map(plainRoom);
    super.addSockets(opts, rooms);
    this.#change(opts, { kind: "socketsJoin", ...this.#target(opts), change: rooms });
    return this.#shard.localRooms.whenAnnounced(this.nsp.name, rooms);
  }

  override delSockets(given: BroadcastOptions, change: Room[]): void {
    const opts = portableOptions(given);
    const rooms = change.map(plainRoom);
    super.delSockets(opts, rooms);
    this.#change(opts, { kind: "socketsLeave", ...this.#target(opts), change: rooms });
  }

  override disconnectSockets(given: BroadcastOptions, close: boolean): void {
    const opts = portableOptions(given);
    super.disconnectSockets(opts, close);
    this.#change(opts, { kind: "disconnectSockets", ...this.#target(opts), close });
  }

  /** A function at the end gets `(err, responses)`. */
  override serverSideEmit(packet: Any[], emitted?: EmitterCall): void {
    const { name: namespace } = this.nsp;
    const ack: unknown = packet.at(-1);
    if (typeof ack !== "function") {
      const call: Call = { kind: "serverSideEmit", namespace, data: packet.map(portable) };
      this.#shard.sender.tell(call, emitted);
      return;
    }
    const call: Call = {
      kind: "serverSideEmitWithAck",
      namespace,
      data: packet.slice(0, -1).map(portable),
      timeout: SERVERS_TIMEOUT,
    };
    const finish = ({ responses, failures }: Outcome): void => {
      ack(failures.length === 0 ? null : notAllAsked(failures), received(responses));
    };
    this.#shard.sender.pass(call, finish, emitted?.id);
  }

  #change(opts: BroadcastOptions, call: TargetCall): void {
    if (!opts.flags?.local) this.#shard.sender.tell(call, opts._call);
  }

  #fetchOthers(opts: BroadcastOptions, own: Any[] = []): Promise<Any[]> {
    return new Promise((resolve, reject) => {
      const finish = ({ sockets: others, failures }: Outcome): void => {
        const sockets = received(others);
        if (failures.length === 0) resolve(sockets);
        else
          reject(Object.assign(notAllAsked(failures), { sockets: [...own, ...sockets], failures }));
      };
      this.#shard.sender.pass({ kind: "fetchSockets", ...this.#target(opts) }, finish);
    });
  }

  #target({ rooms, except = NO_ROOMS as Set<Room> }: BroadcastOptions): Target {
    return {
      namespace: this.nsp.name,
      rooms: [...rooms],
      except: [...except],
    };
  }
}

function flagsOf({ flags = {} }: BroadcastOptions): { volatile?: boolean; compress?: boolean } {
  const { volatile, compress } = flags;
  return {
    ...(volatile === undefined ? {} : { volatile }),
    ...(compress === undefined ? {} : { compress }),
  };
}
