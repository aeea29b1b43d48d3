// What a server knows: plain data, owned by `Server`, changed by the session files only.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "dormouse/types.h"
#include "name_table.h"
#include "slots.h"

namespace dormouse {

/// An Engine.IO session is `open` until its WebSocket is gone or told to go. It then stays `closed`
/// until the last of its Socket.IO sessions is released, so that listeners can still read them.
enum class ConnectionState : std::uint8_t { open, closed };

/// See socket_session.h for the transitions. A free slot is the state "absent".
enum class SessionState : std::uint8_t { resolving, connecting, connected, closing };

/// A BINARY_EVENT or BINARY_ACK whose attachments are not all there yet.
struct PendingPacket {
  PacketType type = PacketType::binary_event;
  /// `kNone` when the session went away in between.
  SessionHandle session = kNone;
  AckId ack_id = kNoAck;
  std::uint32_t attachments = 0;
  /// 0: no packet is pending.
  std::uint32_t remaining = 0;
};

struct Connection {
  ConnectionState state = ConnectionState::open;
  EngineProtocol protocol = EngineProtocol::v4;
  /// Has been in a namespace at some time: the connect timeout is off for good, as upstream.
  bool has_joined = false;
  /// Its snapshot is not the last one taken.
  bool changed = false;
  /// Tells this connection from earlier ones with the same handle.
  std::uint32_t serial = 0;
  Milliseconds opened_at = 0;
  Milliseconds last_heard = 0;
  std::string engine_id;
  std::vector<SessionHandle> sessions;
  PendingPacket pending;
};

struct Session {
  SessionState state = SessionState::resolving;
  ConnectionHandle connection = kNone;
  NamespaceHandle name_space = kNone;
  /// Neighbours in the namespace's list of sessions with rooms or connected, oldest first.
  SessionHandle previous = kNone;
  SessionHandle next = kNone;
  bool listed = false;
  /// The last query that saw (or excluded) this session.
  std::uint32_t mark = 0;
  /// One more than the largest ack id that this client was asked to answer.
  AckId next_ack = 0;
  std::string id;
  std::string recovery_id;
  /// Indexes of `Namespace::rooms`, in the order joined.
  std::vector<std::uint32_t> rooms;
};

struct Room {
  /// Points at the key in `Namespace::room_names`.
  std::string_view name;
  /// In the order joined.
  std::vector<SessionHandle> members;
  /// Neighbours in the namespace's list of rooms, oldest first.
  std::uint32_t previous = kNone;
  std::uint32_t next = kNone;
};

struct Namespace {
  std::string name;
  /// `add_namespace` was called for it. Otherwise it is only a name that clients mentioned.
  bool open = false;
  /// Sessions that refer to it, in any state.
  std::uint32_t references = 0;
  AckId next_ack = 0;
  SessionHandle first_session = kNone;
  SessionHandle last_session = kNone;
  NameTable room_names;
  Slots<Room> rooms;
  std::uint32_t first_room = kNone;
  std::uint32_t last_room = kNone;
};

/// A connection that has to join a namespace by `at`.
struct ConnectDeadline {
  ConnectionHandle connection = kNone;
  std::uint32_t serial = 0;
  Milliseconds at = 0;
};

struct State {
  Config config;
  Slots<Connection> connections;
  Slots<Session> sessions;
  Slots<Namespace> namespaces;
  NameTable namespace_names;
  std::vector<ConnectionHandle> changed;
  std::uint32_t open_connections = 0;
  std::uint32_t next_serial = 0;
  std::uint32_t next_mark = 0;
  /// Oldest first; entries of connections that have joined or gone are skipped.
  std::deque<ConnectDeadline> connect_deadlines;
  Milliseconds next_heartbeat = kNever;
  /// When the next connection may be overdue (`PongSource::message` only).
  Milliseconds next_overdue_check = kNever;
  /// After a restore nobody knows whether the last heartbeat was sent before the sleep.
  bool heartbeat_unsure = false;
  Milliseconds reported_deadline = kNever;

  void mark_changed(ConnectionHandle handle) {
    Connection& connection = connections[handle];
    if (connection.changed) return;
    connection.changed = true;
    changed.push_back(handle);
  }
};

}  // namespace dormouse
