// The protocol core: one Socket.IO server for one object, as a pure state machine.
//
// Four kinds of method:
//   getters       read, change nothing
//   handle_*      what happened outside: a connection opened, a message came, time passed
//   commands      what the application or the host wants: admit, join, change the transport
//   poll_*        what is to be done outside, drained after every call
//
// Nothing here blocks, makes threads, reads a clock or throws. Every argument is borrowed for the
// call; every view that is returned is borrowed from the server until the next call, effects too,
// which getters leave alone.
//
// Every `Status` other than `ok` is the caller's mistake: nothing has changed, there are no effects
// and nothing was written to what is returned by reference. What a peer does wrong becomes effects
// (see effect.h). Calls that take handles answer `unknown_connection`, `unknown_session` or
// `unknown_namespace` for those that are not in use, and for connections that are closed; commands
// on a session answer `wrong_state` where the tables of session_table.h do not have them. Other
// statuses are named at the calls. Getters have no status: for what is not there they return what
// is empty, or `kNone`.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "dormouse/error.h"
#include "dormouse/types.h"

namespace dormouse {

/// The beginning of a text message. Lengths are in UTF-16 units, as JavaScript counts them.
struct TextHead {
  /// UTF-8 of the message's beginning; whole code points.
  std::string_view bytes;
  /// Units of the whole message.
  std::uint32_t total_units = 0;
  /// Bytes of the whole message in UTF-8, or a lower bound that is known not to exceed the limit.
  std::uint32_t total_bytes = 0;
};

/// What the caller must know of a packet to find and treat its payload.
struct Delivery {
  /// EVENT or ACK.
  PacketType type = PacketType::event;
  SessionHandle session = kNone;
  AckId ack_id = kNoAck;
  /// UTF-16 units; `kNone` for the pending payload, or none.
  std::uint32_t payload_offset = kNone;
  std::uint32_t attachments = 0;
};

/// The handshake request, as far as the protocol looks at it.
struct HandshakeRequest {
  /// Query parameters `transport`, `EIO`, `sid`.
  std::string_view transport;
  std::string_view protocol;
  std::string_view sid;
  std::string_view method;
  /// Whether it asks for a WebSocket upgrade.
  bool is_upgrade = false;
  /// The `allowEIO3` option.
  bool allow_protocol_3 = false;
};

/// The queue of effects: words (see effect.h) and the bytes they refer to.
struct Effects {
  std::span<const std::uint32_t> words;
  std::string_view bytes;
};

/// Members of rooms, in the order they joined. The two arrays run side by side.
struct Recipients {
  std::span<const SessionHandle> sessions;
  std::span<const ConnectionHandle> connections;
};

/// What `join` and `leave` did, as flags: adapters tell their listeners.
enum RoomChange : std::uint32_t {
  kNothingChanged = 0,
  /// The session joined (or left) the room.
  kMembershipChanged = 1,
  /// The room came into being (or ceased to exist) by it.
  kRoomChanged = 2,
};

/// One server. Owns every connection, session, namespace and room of an object.
class Server {
 public:
  explicit Server(const Config& config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // --- getters ---------------------------------------------------------------------------------

  /// Open connections.
  [[nodiscard]] std::uint32_t connection_count() const;
  /// The Engine.IO session id; empty if there is no such connection.
  [[nodiscard]] std::string_view engine_id(ConnectionHandle connection) const;
  /// `v4` if there is no such connection.
  [[nodiscard]] EngineProtocol protocol(ConnectionHandle connection) const;
  /// What carries its packets now; `websocket` if there is no such connection.
  [[nodiscard]] Transport transport(ConnectionHandle connection) const;
  /// The open connection with this Engine.IO id, which a client that polls comes back with; the
  /// last one if there are several. `kNone` if there is none, or if polling is not among
  /// `Config::transports`.
  [[nodiscard]] ConnectionHandle find_connection(std::string_view engine_id) const;
  /// The connection at an index, open or closed; `kNone` if that is free. Indexes are below
  /// `connection_limit`.
  [[nodiscard]] ConnectionHandle connection_at(std::uint32_t index) const;
  /// One past the largest index that a connection ever had.
  [[nodiscard]] std::uint32_t connection_limit() const;
  /// Sessions of a connection, oldest first.
  [[nodiscard]] std::span<const SessionHandle> sessions_of(ConnectionHandle connection) const;
  /// The Socket.IO session id; empty if there is no such session or it has none yet.
  [[nodiscard]] std::string_view session_id(SessionHandle session) const;
  /// The recovery id given at `admit`; empty if none.
  [[nodiscard]] std::string_view recovery_id(SessionHandle session) const;
  /// The namespace that the session is in, or asks for; `kNone` if there is no such session.
  [[nodiscard]] NamespaceHandle namespace_of(SessionHandle session) const;
  /// The session's connection, open or closed; `kNone` if there is no such session.
  [[nodiscard]] ConnectionHandle connection_of(SessionHandle session) const;
  /// Whether the session is connected (admitted and not closing).
  [[nodiscard]] bool is_connected(SessionHandle session) const;
  /// Whether the session gets broadcasts: it was admitted, and neither released nor unlisted.
  [[nodiscard]] bool is_listed(SessionHandle session) const;
  /// The name of a namespace, open or only mentioned; empty if there is none.
  [[nodiscard]] std::string_view namespace_name(NamespaceHandle name_space) const;
  /// The handle of a namespace by name, open or only mentioned by sessions; `kNone` if there is
  /// none.
  [[nodiscard]] NamespaceHandle find_namespace(std::string_view name) const;
  /// The namespace at an index; `kNone` if that is free. Indexes are below `namespace_limit`.
  [[nodiscard]] NamespaceHandle namespace_at(std::uint32_t index) const;
  /// One past the largest index that a namespace ever had.
  [[nodiscard]] std::uint32_t namespace_limit() const;
  /// The session at an index; `kNone` if that is free.
  [[nodiscard]] SessionHandle session_at(std::uint32_t index) const;
  /// A listed session by id; `kNone` if there is none.
  [[nodiscard]] SessionHandle find_session(NamespaceHandle name_space, std::string_view id) const;

  /// Engine.IO's checks of a request, in upstream's order. `forbidden` is never answered: that is
  /// `allowRequest`'s.
  [[nodiscard]] HandshakeError check_handshake(const HandshakeRequest& request) const;

  // --- inputs ----------------------------------------------------------------------------------

  /// A client came, after `check_handshake`. Sends the Engine.IO open packet. `transport` is what
  /// it came by. `engine_id` is the id for the client (secret, unguessable; the caller makes it).
  /// `too_many_connections` beyond `Config::max_connections`.
  Status handle_open(Milliseconds now, EngineProtocol protocol, Transport transport,
                     std::string_view engine_id, ConnectionHandle& connection);
  /// A text message came. `more_head_needed`: call again with more of it, before anything else;
  /// nothing has changed but the time, of which that call tells.
  Status handle_text(Milliseconds now, ConnectionHandle connection, const TextHead& head);
  /// The short way for most messages: an EVENT or ACK that may come now, without attachments, with
  /// an ack id up to `kMaxDeliveredAck` or none, and with a payload whose first unit is the last of
  /// this ASCII head. The delivery is returned instead of an effect. Returns nothing, and changes
  /// nothing, for any message that `handle_text` has to look at; among them those that may be too
  /// large, judged by `total_units` alone.
  [[nodiscard]] std::optional<Delivery>
  handle_delivery(Milliseconds now, ConnectionHandle connection, const TextHead& head);
  /// A binary message of `size` bytes came, the first of which is `first_byte` (0 if empty).
  Status handle_binary(Milliseconds now, ConnectionHandle connection, std::uint32_t size,
                       std::uint8_t first_byte);
  /// External codec: a packet was decoded. `name_space` comes without the query that protocol 3
  /// allows; `ack_id` is `kNoAck` if the packet asks for none. Its effects have no payload offsets,
  /// because the caller has the decoded data and its attachments.
  Status handle_packet(ConnectionHandle connection, PacketType type, std::string_view name_space,
                       AckId ack_id);
  /// The transport is gone, and with it the connection: `transport_close` or `transport_error`.
  /// While an upgrade is under way this is for the polling transport; see `abandon_upgrade`.
  Status handle_close(ConnectionHandle connection, DisconnectReason reason);
  /// The caller found a fault in what the core left to it (a payload, a placeholder).
  Status handle_fault(ConnectionHandle connection, Fault fault);
  /// The platform has answered a pong of the client at `at` (`PongSource::auto_response`). A time
  /// that is still to come counts for nothing.
  Status handle_pong(Milliseconds now, ConnectionHandle connection, Milliseconds at);
  /// The deadline passed, or an alarm fired for any other reason: harmless when early. If anything
  /// has overtaken this timeout, answers of clients may still wait behind it. Then it closes only
  /// those whose time was over at the previous timeout, and looks at the others again soon.
  void handle_timeout(Milliseconds now);

  // --- commands --------------------------------------------------------------------------------

  /// A WebSocket wants to take over from polling. Everything still goes over polling.
  /// `wrong_state`, here and below, if its `Transport` does not allow it.
  Status begin_upgrade(ConnectionHandle connection);
  /// The client has changed over: from now on everything goes over the WebSocket. The connection
  /// keeps its sessions, rooms, ack ids and heartbeat.
  Status finish_upgrade(ConnectionHandle connection);
  /// The WebSocket is gone before that, or took too long: polling goes on.
  Status abandon_upgrade(ConnectionHandle connection);

  /// Sends the pings that are due, and closes nobody: for a host that handles something else before
  /// a `handle_timeout` that is due. That timeout then counts as overtaken. The deadline stays.
  void send_pings(Milliseconds now);

  /// How long connections may take to join a namespace, in milliseconds, those included that have
  /// not joined one yet. Upstream's `io.connectTimeout(value)`.
  void set_connect_timeout(std::uint32_t milliseconds);

  /// Opens a namespace for CONNECTs. Idempotent by name. Returns its handle.
  NamespaceHandle add_namespace(std::string_view name);
  /// Closes a namespace: later CONNECTs find none. `wrong_state` while it has sessions.
  Status remove_namespace(NamespaceHandle name_space);

  /// First answer to a `connect` effect: the session belongs to this namespace, and has this id.
  /// `unknown_namespace` if that is not open, `wrong_state` if the connection has another session
  /// there.
  Status assign(SessionHandle session, NamespaceHandle name_space, std::string_view id);
  /// Another id, before the second answer.
  Status rename(SessionHandle session, std::string_view id);
  /// Second answer: middlewares passed. Joins the session's own room and sends the CONNECT answer,
  /// with `pid` if it is not empty.
  Status admit(SessionHandle session, std::string_view pid);
  /// Second answer: a middleware refused. Sends CONNECT_ERROR with this JSON text and frees the
  /// session, which leaves its rooms.
  Status refuse(SessionHandle session, std::string_view payload);
  /// The only answer if there is no such namespace: CONNECT_ERROR `Invalid namespace`; frees the
  /// session.
  Status reject(SessionHandle session);

  /// Sends DISCONNECT and closes the session (`server namespace disconnect`); the connection stays.
  Status disconnect(SessionHandle session);
  /// Closes one connected session with any reason and without telling the client.
  Status close_session(SessionHandle session, DisconnectReason reason);
  /// Closes a connection and all its sessions. `reason` is also the WebSocket's close reason.
  Status close_connection(ConnectionHandle connection, DisconnectReason reason);
  /// Answer to a `closing` effect: leaves all rooms and frees the session.
  Status release(SessionHandle session);

  /// The next ack id of the session's namespace, noted on the session so that a snapshot knows it.
  Status allocate_ack(SessionHandle session, AckId& id);
  /// The next ack id of a namespace, for a broadcast; noted on each of `sessions`.
  Status allocate_broadcast_ack(NamespaceHandle name_space, std::span<const SessionHandle> sessions,
                                AckId& id);

  /// Returns `RoomChange` flags. Any session that is assigned and not gone may join, as many rooms
  /// as `Config` allows (`too_many_rooms`, `room_name_too_long`, `room_names_too_large`).
  Status join(SessionHandle session, std::string_view room, std::uint32_t& change);
  /// Returns `RoomChange` flags; none if the session is not in the room.
  Status leave(SessionHandle session, std::string_view room, std::uint32_t& change);

  /// Takes an admitted session whose id another session takes over out of all its rooms. It gets no
  /// more broadcasts and is not found by its id; its own packets still flow.
  Status unlist(SessionHandle session);

  // --- rooms -----------------------------------------------------------------------------------

  /// Rooms of a session in the order joined.
  [[nodiscard]] std::span<const std::string_view> rooms_of(SessionHandle session);
  /// Room names of a namespace in the order created.
  [[nodiscard]] std::span<const std::string_view> rooms_in(NamespaceHandle name_space);
  /// Sessions that are in any of `rooms` (all of the namespace if `rooms` is empty) and in none of
  /// `except`; each once; only those that were admitted, until they are released (upstream's
  /// `namespace.sockets`).
  [[nodiscard]] Recipients resolve(NamespaceHandle name_space,
                                   std::span<const std::string_view> rooms,
                                   std::span<const std::string_view> except);
  /// Every session in a room, connected or not.
  [[nodiscard]] Recipients members_of(NamespaceHandle name_space, std::string_view room);
  /// How many these are.
  [[nodiscard]] std::uint32_t member_count(NamespaceHandle name_space, std::string_view room);

  // --- snapshots -------------------------------------------------------------------------------

  /// Everything the core knows of one open connection, as bytes; empty if there is no such
  /// connection.
  [[nodiscard]] std::string_view snapshot(ConnectionHandle connection);
  /// Brings a connection back. Sessions that were not admitted yet ask to connect again, and are in
  /// no room. `corrupt_snapshot`, `unsupported_snapshot`, `too_many_connections`.
  Status restore(Milliseconds now, std::string_view snapshot, ConnectionHandle& connection);

  // --- polls -----------------------------------------------------------------------------------

  /// The effects of the last call.
  [[nodiscard]] Effects poll_effects() const;
  /// Open connections whose snapshot has changed since this was last called, each once.
  [[nodiscard]] std::span<const ConnectionHandle> poll_changed();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};
/// Reads a configuration that crosses the boundary: `kConfigVersion`, then fields of `Config` in
/// the order of its table; those that are left out have their defaults. `unsupported_config` if it
/// is of another version or has fields that are not known.
[[nodiscard]] Status read_config(std::span<const std::uint32_t> words, Config& config);

}  // namespace dormouse
