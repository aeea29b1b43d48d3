// What a server knows: plain data, owned by `Server`, changed by the session files only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dormouse/types.h"
#include "name.h"
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
  /// At least 1.
  std::uint32_t remaining = 0;
};

struct Connection {
  ConnectionState state = ConnectionState::open;
  EngineProtocol protocol = EngineProtocol::v4;
  /// Has been in a namespace at some time: the connect timeout is off for good, as upstream.
  bool has_joined = false;
  /// Its snapshot is not the last one taken: it is listed in `State::changed`.
  bool changed = false;
  Milliseconds opened_at = 0;
  Milliseconds last_heard = 0;
  std::string engine_id;
  std::vector<SessionHandle> sessions;
  /// Null most of the time.
  std::unique_ptr<PendingPacket> pending;
};

struct Room;
/// A room under its name. Stays where it is while the room exists.
using RoomEntry = std::pair<const Name, Room>;

struct Room {
  /// In the order joined.
  std::vector<SessionHandle> members;
  /// Neighbours in the namespace's list of rooms, oldest first.
  RoomEntry* previous = nullptr;
  RoomEntry* next = nullptr;
};

// Rooms and namespaces may be named by peers. Trees need no secret seed to withstand names that
// were chosen to collide.
using RoomTable = std::map<Name, Room, NameOrder>;
using NamespaceTable = std::map<Name, NamespaceHandle, NameOrder>;

struct Session {
  SessionState state = SessionState::resolving;
  /// Was connected at some time: it is in the namespace's list of sessions, and gets broadcasts,
  /// until it is released.
  bool admitted = false;
  ConnectionHandle connection = kNone;
  NamespaceHandle name_space = kNone;
  /// Neighbours in that list, in the order in which they were admitted.
  SessionHandle previous = kNone;
  SessionHandle next = kNone;
  /// The last query that saw (or excluded) this session.
  std::uint32_t mark = 0;
  /// One more than the largest ack id that this client was asked to answer.
  AckId next_ack = 0;
  /// Empty until `assign`.
  std::string id;
  std::string recovery_id;
  /// In the order joined.
  std::vector<RoomEntry*> rooms;
};

struct Namespace {
  /// Points at the key in `State::namespace_names`.
  std::string_view name;
  /// `add_namespace` was called for it. Otherwise it is only a name that clients mentioned.
  bool open = false;
  /// Sessions that refer to it, in any state.
  std::uint32_t references = 0;
  AckId next_ack = 0;
  SessionHandle first_session = kNone;
  SessionHandle last_session = kNone;
  RoomTable rooms;
  RoomEntry* first_room = nullptr;
  RoomEntry* last_room = nullptr;
};

struct State {
  Config config;
  Slots<Connection> connections;
  Slots<Session> sessions;
  Slots<Namespace> namespaces;
  NamespaceTable namespace_names;
  /// Connections whose snapshot is out of date, each once.
  std::vector<ConnectionHandle> changed;
  std::uint32_t open_connections = 0;
  std::uint32_t next_mark = 0;
  Milliseconds next_heartbeat = kNever;
  /// No connection has to be closed for its silence before this time. A lower bound: what made it
  /// so early may be over.
  Milliseconds next_check = kNever;
  /// After a restore nobody knows whether the last heartbeat was sent before the sleep.
  bool heartbeat_unsure = false;
  Milliseconds reported_deadline = kNever;

  /// The connection, if it takes packets; else null.
  [[nodiscard]] Connection* find_open(ConnectionHandle handle) {
    Connection* connection = connections.find(handle);
    return connection != nullptr && connection->state == ConnectionState::open ? connection
                                                                               : nullptr;
  }

  void mark_changed(ConnectionHandle handle) {
    Connection& connection = connections[handle];
    if (connection.changed) return;
    connection.changed = true;
    changed.push_back(handle);
  }

  void free_connection(ConnectionHandle handle) {
    if (connections[handle].changed) {
      changed.erase(std::find(changed.begin(), changed.end(), handle));
    }
    connections.free(handle);
  }
};

}  // namespace dormouse
