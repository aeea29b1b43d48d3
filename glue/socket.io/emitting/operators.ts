/**
 * What can be said of a packet before it is sent: who gets it, and how. Servers, namespaces, sockets and
 * what these methods return take the same words; what they mean is written here, once.
 */
import type { Room, SocketId } from "../../adapter/rooms/identifiers.ts";

/** Who gets it. Each call gives an operator, and leaves what it is called on as it was. */
export interface RoomOperators<Operator> {
  /**
   * Narrows the receivers to the members of a room, or of any of several rooms. Of further calls each
   * adds rooms; who is in two of them gets one packet. On a socket, the socket itself is left out.
   *
   * @example
   * io.to("room1").emit("news", "for one room");
   * io.to(["room1", "room2"]).emit("news", "for both");
   * io.to("room1").to("room2").emit("news", "the same");
   *
   * // all members of the room but this one
   * socket.to("room1").emit("news", "from a neighbour");
   */
  to(room: Room | Room[]): Operator;

  /**
   * The same as `to`, for calls that send nothing.
   *
   * @example
   * io.in("room1").disconnectSockets();
   */
  in(room: Room | Room[]): Operator;

  /**
   * Leaves out the members of a room, or of any of several rooms, whatever else they are in.
   *
   * @example
   * io.except("muted").emit("news", "to everybody else");
   * io.to("room1").except(["muted", socket.id]).emit("news", "to some of a room");
   */
  except(room: Room | Room[]): Operator;

  /**
   * Narrows the receivers to the clients of this server, where an adapter knows others.
   *
   * @example
   * io.local.emit("news", "for the clients of this server");
   */
  readonly local: Operator;
}

/** How it is sent. On a socket this holds for the next packet. */
export interface DeliveryOperators<Operator, TimedOperator> {
  /**
   * Says whether the packet is to be compressed. It is noted, and shown to adapters and to listeners of
   * `packetCreate`, and goes for answers to polls on Node; the platforms go by their own rules.
   *
   * @example
   * io.compress(false).emit("bytes", jpeg);
   */
  compress(compress: boolean): Operator;

  /**
   * Lets the packet be dropped for a client that is not ready to receive: one whose WebSocket has been
   * sent something in this turn already, or is closing. For what is outdated by the next packet.
   *
   * @example
   * io.volatile.emit("position", x, y);
   */
  readonly volatile: Operator;

  /**
   * Sets how long to wait for acknowledgements, in milliseconds. When the time is over, the callback is
   * called with an error, and with the responses that came if there were several clients to answer. A
   * Durable Object stays awake until then.
   *
   * @example
   * io.timeout(1000).emit("who is there?", (error, answers) => {
   *   if (error) console.log("some did not answer in time; these did:", answers);
   * });
   *
   * // on a socket one client answers
   * socket.timeout(1000).emit("ready?", (error, answer) => {});
   */
  timeout(timeout: number): TimedOperator;
}

/** What can be done with the sockets that are meant, without a packet. */
export interface MemberOperators<Member> {
  /**
   * Resolves with the connected sockets that are meant: those of this server themselves, those of others
   * as `RemoteSocket`s, on which the same few members are.
   *
   * @example
   * for (const socket of await io.in("room1").fetchSockets()) {
   *   console.log(socket.id, socket.rooms, socket.data);
   * }
   */
  fetchSockets(): Promise<Member[]>;

  /**
   * Resolves with the ids of the connected sockets that are meant.
   *
   * @deprecated `fetchSockets` tells more, and heeds `except`.
   */
  allSockets(): Promise<Set<SocketId>>;

  /**
   * Makes the sockets that are meant join a room, or several.
   *
   * @example
   * io.socketsJoin("everybody");
   * io.in("room1").socketsJoin(["room2", "room3"]);
   */
  socketsJoin(room: Room | Room[]): void;

  /**
   * Makes the sockets that are meant leave a room, or several.
   *
   * @example
   * io.in("room1").socketsLeave("room2");
   */
  socketsLeave(room: Room | Room[]): void;

  /**
   * Takes the sockets that are meant out of the namespace.
   *
   * @param close whether their connections are closed, too, which ends their sockets in all namespaces
   * @example
   * io.disconnectSockets();
   * io.in(userId).disconnectSockets(true);
   */
  disconnectSockets(close?: boolean): void;
}
