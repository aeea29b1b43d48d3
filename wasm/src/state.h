// Everything that a server knows: connections, sessions, namespaces, rooms. Every file may read it;
// only the four classes that own its parts (friends of `State`) change it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clock.h"
#include "dormouse/types.h"
#include "name.h"
#include "session_table.h"
#include "short_list.h"
#include "slots.h"
#include "timers.h"

namespace dormouse {

/// A BINARY_EVENT or BINARY_ACK whose attachments are not all there yet.
struct PendingPacket {
  PacketType type = PacketType::binary_event;
  SessionHandle session = kNone;
  AckId ack_id = kNoAck;
  std::uint32_t attachments = 0;
  /// At least 1.
  std::uint32_t remaining = 0;
};

/// An Engine.IO session.
struct Connection {
  ConnectionState state = ConnectionState::opened;
  EngineProtocol protocol = EngineProtocol::v4;
  Transport transport = Transport::websocket;
  CollectionState collection = CollectionState::idle;
  /// Its snapshot is not the last one taken: it is listed in `State::changed`.
  bool changed = false;
  Milliseconds opened_at = 0;
  Milliseconds last_heard = 0;
  /// When the oldest ping was sent that nothing has answered yet; `kNever` if there is none.
  Milliseconds asked_at = kNever;
  std::string engine_id;
  ShortList sessions;
  /// Null while `collection` is idle.
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
using HandleTable = std::map<Name, std::uint32_t, NameOrder>;

/// The entry of a name, which is made if there is none.
inline HandleTable::value_type& entry_of(HandleTable& table, std::string_view name) {
  return *table.try_emplace(Name(NameView(name))).first;
}

struct Session {
  SessionState state = SessionState::absent;
  ConnectionHandle connection = kNone;
  NamespaceHandle name_space = kNone;
  /// Whether it gets broadcasts: from `admit` on, until it leaves all rooms or is unlisted.
  bool is_listed = false;
  /// Neighbours in the namespace's list of sessions that get broadcasts, in the order in which they
  /// were admitted.
  SessionHandle previous = kNone;
  SessionHandle next = kNone;
  /// The last query that saw (or excluded) this session.
  std::uint32_t mark = 0;
  /// Bytes of its rooms' names, summed.
  std::uint32_t room_bytes = 0;
  /// One more than the largest ack id that this client was asked to answer.
  AckId next_ack = 0;
  /// Empty before `assign`.
  std::string id;
  std::string recovery_id;
  /// In the order joined.
  std::vector<RoomEntry*> rooms;
};

struct Namespace {
  /// Points at the key in `State::namespace_names`.
  std::string_view name;
  /// Whether `add_namespace` was called for it. If not, it is only a name that clients asked for.
  bool open = false;
  /// Sessions that refer to it, in any state.
  std::uint32_t references = 0;
  AckId next_ack = 0;
  SessionHandle first_session = kNone;
  SessionHandle last_session = kNone;
  /// Listed sessions that are not in the room named by their own id, so that `find_session` cannot
  /// find them there: new ones, and those that an application made leave it.
  std::vector<SessionHandle> strays;
  RoomTable rooms;
  RoomEntry* first_room = nullptr;
  RoomEntry* last_room = nullptr;
};

class State {
 public:
  explicit State(const Config& config) : config_(config) {}

  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] const Timers& timers() const { return timers_; }
  /// Whether a message that comes now, by the host's clock, has overtaken what was due before.
  [[nodiscard]] bool is_overtaken_by(Milliseconds host_now) const {
    return clock_.now_at(host_now) >= overtaken_at_;
  }
  [[nodiscard]] const Slots<Connection>& connections() const { return connections_; }
  [[nodiscard]] const Slots<Session>& sessions() const { return sessions_; }
  [[nodiscard]] const Slots<Namespace>& namespaces() const { return namespaces_; }
  /// The namespace of this name, open or only mentioned; `kNone` if there is none.
  [[nodiscard]] NamespaceHandle find_namespace(std::string_view name) const {
    if (is_root(name)) return root_;
    const auto known = namespace_names_.find(NameView(name));
    return known == namespace_names_.end() ? kNone : known->second;
  }
  /// The open connection of this Engine.IO id; `kNone` if there is none, or clients do not come
  /// back with theirs.
  [[nodiscard]] ConnectionHandle find_connection(std::string_view engine_id) const {
    const auto known = connection_ids_.find(NameView(engine_id));
    return known == connection_ids_.end() ? kNone : known->second;
  }
  [[nodiscard]] std::uint32_t open_connections() const { return open_connections_; }

  /// The connection, if it takes packets; else null.
  [[nodiscard]] const Connection* find_open(ConnectionHandle handle) const {
    const Connection* connection = connections_.find(handle);
    return connection != nullptr && connection->state != ConnectionState::closed ? connection
                                                                                 : nullptr;
  }

 private:
  /// Connections, their clock and timers.
  friend class EngineSessions;
  /// Sessions.
  friend class SocketSessions;
  /// Namespaces, but for who is in them.
  friend class Namespaces;
  /// Rooms, and the lists of who gets broadcasts.
  friend class Rooms;

  void mark_changed(ConnectionHandle handle) {
    Connection& connection = connections_[handle];
    if (connection.changed) return;
    connection.changed = true;
    changed_.push_back(handle);
  }

  /// Frees a connection that is closed and has no sessions left.
  void free_if_over(ConnectionHandle handle) {
    const Connection& connection = connections_[handle];
    if (connection.state != ConnectionState::closed || !connection.sessions.empty()) return;
    if (connection.changed) changed_.erase(std::find(changed_.begin(), changed_.end(), handle));
    connections_.free(handle);
  }

  // Every message reads these fields. They stand together to share cache lines, which are cold
  // between messages.
  Clock clock_;
  /// A message that comes at this time or later overtakes the timeout, or, if that was overtaken
  /// already, the next pings.
  Milliseconds overtaken_at_ = kNever;
  Slots<Connection> connections_;
  Slots<Session> sessions_;
  /// The handle of "/", which most messages are for.
  NamespaceHandle root_ = kNone;
  Config config_;
  Timers timers_;
  Slots<Namespace> namespaces_;
  HandleTable namespace_names_;
  /// By Engine.IO id; only where clients may come back with it (polling).
  HandleTable connection_ids_;
  /// Connections whose snapshot is out of date, each once.
  std::vector<ConnectionHandle> changed_;
  std::uint32_t open_connections_ = 0;
};

}  // namespace dormouse
