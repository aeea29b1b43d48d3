// The server: checks what callers hand in, and leads each input through codec and sessions.
#include "dormouse/server.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "effect_queue.h"
#include "engine_session.h"
#include "rooms.h"
#include "snapshot.h"
#include "socket_packet.h"
#include "socket_session.h"
#include "state.h"

namespace dormouse {

struct Server::Parts {
  explicit Parts(const Config& config) {
    state.config = config;
    // The heartbeat grid has to have a width.
    state.config.ping_interval = std::max(config.ping_interval, 1U);
  }

  State state;
  EffectQueue effects;
  Rooms rooms{state};
  EngineSessions engine{state, effects};
  SocketSessions sockets{state, effects, rooms};
  std::vector<ConnectionHandle> changed;
  std::vector<Expired> expired;
  std::string bytes;

  [[nodiscard]] bool is_open(ConnectionHandle handle) { return state.find_open(handle) != nullptr; }

  /// Ends a connection: its sessions hear why, then its WebSocket is closed.
  void shut(ConnectionHandle handle, DisconnectReason reason, std::uint16_t code,
            std::string_view text) {
    effects.close(handle, code, text, reason);
    drop(handle, reason);
  }

  /// Ends a connection whose WebSocket needs no closing.
  void drop(ConnectionHandle handle, DisconnectReason reason) {
    engine.close(handle);
    sockets.close_all(handle, reason);
    if (state.connections[handle].sessions.empty()) state.free_connection(handle);
  }

  void punish(ConnectionHandle handle, Fault fault) {
    const FaultRow& row = describe(fault);
    sockets.report_fault(handle, fault);
    shut(handle, row.reason, row.close_code, row.close_reason);
  }

  Status handle_socket_packet(ConnectionHandle handle, const TextHead& text, std::uint32_t start) {
    if (state.config.packet_codec == PacketCodec::external) {
      effects.message(handle, start);
      return Status::ok;
    }
    if (state.connections[handle].pending != nullptr) {
      punish(handle, Fault::text_while_attachments_pending);
      return Status::ok;
    }
    const DecodedHead decoded =
        decode_packet_head(text, start, state.connections[handle].protocol, state.config);
    if (decoded.result == DecodeResult::more_head_needed) return Status::more_head_needed;
    const std::optional<Fault> fault = decoded.result == DecodeResult::faulty
                                           ? decoded.fault
                                           : sockets.handle_packet(handle, decoded.head);
    if (fault) punish(handle, *fault);
    return Status::ok;
  }

  /// Binary data, or base64 text from `offset` on.
  void handle_data(ConnectionHandle handle, std::uint32_t offset) {
    if (state.config.packet_codec == PacketCodec::external) {
      effects.message(handle, offset);
      return;
    }
    if (const std::optional<Fault> fault = sockets.handle_attachment(handle, offset)) {
      punish(handle, *fault);
    }
  }

  void restore_session(ConnectionHandle connection, const SessionRecord& record) {
    const NamespaceHandle name_space = sockets.mention_namespace(record.name_space);
    const SessionState restored =
        record.connected ? SessionState::connected : SessionState::resolving;
    const SessionHandle handle = sockets.add(connection, name_space, restored);
    Session& session = state.sessions[handle];
    session.next_ack = record.next_ack;
    AckId& next_ack = state.namespaces[name_space].next_ack;
    next_ack = std::max(next_ack, record.next_ack);
    if (!record.connected) {
      sockets.ask_again(handle);
      return;
    }
    session.id = record.id;
    session.recovery_id = record.recovery_id;
    rooms.admit(handle);
    for (const std::string_view room : record.rooms) rooms.join(handle, room);
  }
};

Server::Server(const Config& config) : parts_(std::make_unique<Parts>(config)) {}
Server::~Server() = default;

// --- getters -------------------------------------------------------------------------------------

std::uint32_t Server::connection_count() const { return parts_->state.open_connections; }

std::string_view Server::engine_id(ConnectionHandle handle) const {
  const Connection* connection = parts_->state.connections.find(handle);
  return connection == nullptr ? std::string_view() : connection->engine_id;
}

EngineProtocol Server::protocol(ConnectionHandle handle) const {
  const Connection* connection = parts_->state.connections.find(handle);
  return connection == nullptr ? EngineProtocol::v4 : connection->protocol;
}

std::span<const SessionHandle> Server::sessions_of(ConnectionHandle handle) const {
  const Connection* connection = parts_->state.connections.find(handle);
  return connection == nullptr ? std::span<const SessionHandle>() : connection->sessions;
}

std::string_view Server::session_id(SessionHandle handle) const {
  const Session* session = parts_->state.sessions.find(handle);
  return session == nullptr ? std::string_view() : session->id;
}

std::string_view Server::recovery_id(SessionHandle handle) const {
  const Session* session = parts_->state.sessions.find(handle);
  return session == nullptr ? std::string_view() : session->recovery_id;
}

NamespaceHandle Server::namespace_of(SessionHandle handle) const {
  const Session* session = parts_->state.sessions.find(handle);
  return session == nullptr ? kNone : session->name_space;
}

ConnectionHandle Server::connection_of(SessionHandle handle) const {
  const Session* session = parts_->state.sessions.find(handle);
  return session == nullptr ? kNone : session->connection;
}

bool Server::is_connected(SessionHandle handle) const {
  const Session* session = parts_->state.sessions.find(handle);
  return session != nullptr && session->state == SessionState::connected;
}

std::string_view Server::namespace_name(NamespaceHandle handle) const {
  const Namespace* name_space = parts_->state.namespaces.find(handle);
  return name_space == nullptr ? std::string_view() : name_space->name;
}

NamespaceHandle Server::find_namespace(std::string_view name) const {
  const NamespaceTable& names = parts_->state.namespace_names;
  const auto known = names.find(NameView(name));
  return known == names.end() ? kNone : known->second;
}

std::uint32_t Server::namespace_limit() const { return parts_->state.namespaces.limit(); }

SessionHandle Server::find_session(NamespaceHandle name_space, std::string_view id) const {
  return parts_->rooms.find_session(name_space, id);
}

// --- inputs --------------------------------------------------------------------------------------

Status Server::handle_open(Milliseconds now, EngineProtocol protocol, std::string_view engine_id,
                           ConnectionHandle& connection) {
  parts_->effects.clear();
  if (parts_->state.open_connections >= parts_->state.config.max_connections) {
    return Status::too_many_connections;
  }
  connection = parts_->engine.open(now, protocol, engine_id);
  if (protocol == EngineProtocol::v3) parts_->sockets.connect_implicitly(connection);
  parts_->engine.report_deadline();
  return Status::ok;
}

Status Server::handle_text(Milliseconds now, ConnectionHandle connection, const TextHead& text) {
  Parts& parts = *parts_;
  parts.effects.clear();
  if (!parts.is_open(connection)) return Status::unknown_connection;
  if (text.total_bytes > parts.state.config.max_payload) {
    parts.punish(connection, Fault::message_too_large);
    parts.engine.report_deadline();
    return Status::ok;
  }
  const Frame frame = decode_frame(text, parts.state.connections[connection].protocol);
  if (frame.kind == FrameKind::more_head_needed) return Status::more_head_needed;
  Status status = Status::ok;
  if (frame.kind == FrameKind::invalid) {
    parts.punish(connection, Fault::unknown_engine_packet);
  } else if (frame.kind == FrameKind::base64) {
    parts.engine.note_heard(connection, now);
    parts.handle_data(connection, frame.data_offset);
  } else {
    const EngineAction action = parts.engine.handle_packet(now, connection, frame.type);
    if (action == EngineAction::fault) parts.punish(connection, Fault::heartbeat_direction);
    if (action == EngineAction::deliver) {
      status = parts.handle_socket_packet(connection, text, frame.data_offset);
    }
  }
  parts.engine.report_deadline();
  return status;
}

Status Server::handle_binary(Milliseconds now, ConnectionHandle connection, std::uint32_t size,
                             std::uint8_t first_byte) {
  Parts& parts = *parts_;
  parts.effects.clear();
  if (!parts.is_open(connection)) return Status::unknown_connection;
  const Frame frame =
      decode_binary_frame(size, first_byte, parts.state.connections[connection].protocol);
  if (size > parts.state.config.max_payload) {
    parts.punish(connection, Fault::message_too_large);
  } else if (frame.kind == FrameKind::invalid) {
    parts.punish(connection, Fault::unknown_engine_packet);
  } else {
    const EngineAction action = parts.engine.handle_packet(now, connection, frame.type);
    if (action == EngineAction::fault) parts.punish(connection, Fault::heartbeat_direction);
    if (action == EngineAction::deliver) parts.handle_data(connection, kNone);
  }
  parts.engine.report_deadline();
  return Status::ok;
}

Status Server::handle_packet(ConnectionHandle connection, PacketType type,
                             std::string_view name_space, AckId ack_id) {
  Parts& parts = *parts_;
  parts.effects.clear();
  if (!parts.is_open(connection)) return Status::unknown_connection;
  PacketHead head;
  // Attachments are the codec's affair: to the sessions a binary event is an event.
  head.type = type == PacketType::binary_event ? PacketType::event
              : type == PacketType::binary_ack ? PacketType::ack
                                               : type;
  head.name_space = name_space;
  head.ack_id = ack_id;
  std::optional<Fault> fault;
  if (name_space.size() > parts.state.config.max_namespace_length) {
    fault = Fault::namespace_too_long;
  } else {
    fault = parts.sockets.handle_packet(connection, head);
  }
  if (fault) parts.punish(connection, *fault);
  parts.engine.report_deadline();
  return Status::ok;
}

Status Server::handle_close(ConnectionHandle connection, DisconnectReason reason) {
  parts_->effects.clear();
  if (!parts_->is_open(connection)) return Status::unknown_connection;
  parts_->drop(connection, reason);
  parts_->engine.report_deadline();
  return Status::ok;
}

Status Server::handle_fault(ConnectionHandle connection, Fault fault) {
  parts_->effects.clear();
  if (!parts_->is_open(connection)) return Status::unknown_connection;
  parts_->punish(connection, fault);
  parts_->engine.report_deadline();
  return Status::ok;
}

Status Server::note_heard(ConnectionHandle connection, Milliseconds at) {
  parts_->effects.clear();
  if (!parts_->is_open(connection)) return Status::unknown_connection;
  parts_->engine.note_heard(connection, at);
  return Status::ok;
}

void Server::handle_timeout(Milliseconds now) {
  Parts& parts = *parts_;
  parts.effects.clear();
  parts.expired.clear();
  parts.engine.collect_expired(now, parts.expired);
  for (const Expired& expired : parts.expired) parts.punish(expired.connection, expired.fault);
  parts.engine.send_heartbeat(now);
  // The time that was asked for is over, so a new deadline is news even if it is the same.
  parts.state.reported_deadline = -1;
  parts.engine.report_deadline();
}

// --- commands ------------------------------------------------------------------------------------

void Server::set_connect_timeout(std::uint32_t milliseconds) {
  parts_->effects.clear();
  parts_->engine.set_connect_timeout(milliseconds);
  parts_->engine.report_deadline();
}

NamespaceHandle Server::add_namespace(std::string_view name) {
  parts_->effects.clear();
  const NamespaceHandle handle = parts_->sockets.mention_namespace(name);
  parts_->state.namespaces[handle].open = true;
  return handle;
}

Status Server::remove_namespace(NamespaceHandle handle) {
  parts_->effects.clear();
  Namespace* name_space = parts_->state.namespaces.find(handle);
  if (name_space == nullptr || !name_space->open) return Status::unknown_namespace;
  if (name_space->references > 0) return Status::wrong_state;
  name_space->open = false;
  parts_->sockets.forget_namespace_if_unused(handle);
  return Status::ok;
}

Status Server::assign(SessionHandle session, NamespaceHandle name_space, std::string_view id) {
  parts_->effects.clear();
  return parts_->sockets.assign(session, name_space, id);
}

Status Server::admit(SessionHandle session, std::string_view pid) {
  parts_->effects.clear();
  const Status status = parts_->sockets.admit(session, pid);
  parts_->engine.report_deadline();
  return status;
}

Status Server::refuse(SessionHandle session, std::string_view payload) {
  parts_->effects.clear();
  return parts_->sockets.refuse(session, payload);
}

Status Server::reject(SessionHandle session) {
  parts_->effects.clear();
  return parts_->sockets.reject(session);
}

Status Server::disconnect(SessionHandle session) {
  parts_->effects.clear();
  return parts_->sockets.disconnect(session);
}

Status Server::close_session(SessionHandle session, DisconnectReason reason) {
  parts_->effects.clear();
  return parts_->sockets.close(session, reason);
}

Status Server::close_connection(ConnectionHandle connection, DisconnectReason reason) {
  constexpr std::uint16_t kNormalClosure = 1000;
  constexpr std::string_view kTexts[] = {
#define X(name, text) text,
      DORMOUSE_DISCONNECT_REASONS(X)
#undef X
  };
  parts_->effects.clear();
  if (!parts_->is_open(connection)) return Status::unknown_connection;
  parts_->shut(connection, reason, kNormalClosure, kTexts[static_cast<std::size_t>(reason)]);
  parts_->engine.report_deadline();
  return Status::ok;
}

Status Server::release(SessionHandle session) {
  parts_->effects.clear();
  return parts_->sockets.release(session);
}

Status Server::allocate_ack(SessionHandle session, AckId& id) {
  const NamespaceHandle name_space = namespace_of(session);
  if (name_space == kNone) {
    parts_->effects.clear();
    return Status::unknown_session;
  }
  return allocate_broadcast_ack(name_space, {&session, 1}, id);
}

Status Server::allocate_broadcast_ack(NamespaceHandle handle,
                                      std::span<const SessionHandle> sessions, AckId& id) {
  parts_->effects.clear();
  Namespace* name_space = parts_->state.namespaces.find(handle);
  if (name_space == nullptr) return Status::unknown_namespace;
  for (const SessionHandle session : sessions) {
    if (namespace_of(session) != handle) return Status::unknown_session;
  }
  id = name_space->next_ack++;
  for (const SessionHandle handle_of_session : sessions) {
    Session& session = parts_->state.sessions[handle_of_session];
    session.next_ack = id + 1;
    parts_->state.mark_changed(session.connection);
  }
  return Status::ok;
}

Status Server::join(SessionHandle handle, std::string_view room, std::uint32_t& change) {
  parts_->effects.clear();
  const Session* session = parts_->state.sessions.find(handle);
  if (session == nullptr) return Status::unknown_session;
  if (session->id.empty()) return Status::wrong_state;
  change = parts_->rooms.join(handle, room);
  return Status::ok;
}

Status Server::leave(SessionHandle handle, std::string_view room, std::uint32_t& change) {
  parts_->effects.clear();
  const Session* session = parts_->state.sessions.find(handle);
  if (session == nullptr) return Status::unknown_session;
  if (session->id.empty()) return Status::wrong_state;
  change = parts_->rooms.leave(handle, room);
  return Status::ok;
}

// --- rooms ---------------------------------------------------------------------------------------

std::span<const std::string_view> Server::rooms_of(SessionHandle session) {
  return parts_->rooms.rooms_of(session);
}

std::span<const std::string_view> Server::rooms_in(NamespaceHandle name_space) {
  return parts_->rooms.rooms_in(name_space);
}

Recipients Server::resolve(NamespaceHandle name_space, std::span<const std::string_view> rooms,
                           std::span<const std::string_view> except) {
  return parts_->rooms.resolve(name_space, rooms, except);
}

Recipients Server::members_of(NamespaceHandle name_space, std::string_view room) {
  return parts_->rooms.members_of(name_space, room);
}

// --- snapshots -----------------------------------------------------------------------------------

std::string_view Server::snapshot(ConnectionHandle connection) {
  parts_->bytes.clear();
  if (parts_->is_open(connection)) write_snapshot(parts_->state, connection, parts_->bytes);
  return parts_->bytes;
}

Status Server::restore(Milliseconds now, std::string_view snapshot, ConnectionHandle& connection) {
  Parts& parts = *parts_;
  parts.effects.clear();
  ConnectionRecord record;
  const Status status = read_snapshot(snapshot, parts.state.config, record);
  if (status != Status::ok) return status;
  if (parts.state.open_connections >= parts.state.config.max_connections) {
    return Status::too_many_connections;
  }
  connection = parts.state.connections.take();
  Connection& restored = parts.state.connections[connection];
  restored.protocol = record.protocol;
  restored.has_joined = record.has_joined;
  // A clock that was set back must not make a client live longer.
  restored.opened_at = std::min(record.opened_at, now);
  restored.last_heard = std::min(record.last_heard, now);
  restored.engine_id = record.engine_id;
  // It is what its snapshot says; only what happens from now on is news.
  restored.changed = true;
  for (const SessionRecord& session : record.sessions) {
    parts.restore_session(connection, session);
  }
  restored.changed = false;
  if (record.pending.remaining > 0) {
    restored.pending = std::make_unique<PendingPacket>(record.pending);
    SessionHandle& session = restored.pending->session;
    if (session != kNone) session = restored.sessions[session];
  }
  parts.engine.resume(now, connection, record.heartbeat);
  parts.engine.report_deadline();
  return Status::ok;
}

// --- polls ---------------------------------------------------------------------------------------

Effects Server::poll_effects() const { return parts_->effects.view(); }

std::span<const ConnectionHandle> Server::poll_changed() {
  Parts& parts = *parts_;
  parts.changed.clear();
  for (const ConnectionHandle handle : parts.state.changed) {
    Connection& connection = parts.state.connections[handle];
    connection.changed = false;
    if (connection.state == ConnectionState::open) parts.changed.push_back(handle);
  }
  parts.state.changed.clear();
  return parts.changed;
}

}  // namespace dormouse
