// `Server`: checks arguments and passes each call to the class that does the work.
#include "dormouse/server.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "effect_queue.h"
#include "engine_session.h"
#include "handshake.h"
#include "messages.h"
#include "namespaces.h"
#include "rooms.h"
#include "snapshot.h"
#include "socket_session.h"
#include "state.h"

namespace dormouse {

namespace {

/// What a UTF-16 unit takes at most in UTF-8.
constexpr std::uint32_t kMaxBytesPerUnit = 3;

}  // namespace

struct Server::Parts {
  explicit Parts(const Config& config) : state(with_grid(config)) {}

  /// The heartbeat grid has to have a width.
  static Config with_grid(Config config) {
    config.ping_interval = std::max(config.ping_interval, 1U);
    return config;
  }

  EffectQueue effects;
  State state;
  Rooms rooms{state};
  EngineSessions engine{state, effects};
  Namespaces namespaces{state};
  SocketSessions sockets{state, effects, rooms, namespaces};
  Messages messages{state, effects, engine, sockets};
  std::vector<ConnectionHandle> changed;
  std::string bytes;

  /// The scope of one call from outside. Begins by dropping the effects of the previous call; ends
  /// by reporting the deadline if it moved. A call that has a time moves the clock within, once it
  /// cannot be refused any more: one that is refused has no effects.
  class Call {
   public:
    explicit Call(Parts& parts) : parts_(parts) { parts_.effects.clear(); }
    ~Call() { parts_.engine.report_deadline(); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    Parts& parts_;
  };

  [[nodiscard]] bool is_open(ConnectionHandle handle) const {
    return state.find_open(handle) != nullptr;
  }
  /// The same for an input, which comes now.
  [[nodiscard]] bool is_open(ConnectionHandle handle, Milliseconds now) {
    if (!is_open(handle)) return false;
    engine.advance_clock(now);
    return true;
  }

  [[nodiscard]] bool is_full() const {
    return state.open_connections() >= state.config().max_connections;
  }

  Status change_transport(ConnectionHandle handle, TransportCommand command) {
    const Call call(*this);
    return is_open(handle) ? engine.change_transport(handle, command) : Status::unknown_connection;
  }
};

Server::Server(const Config& config) : parts_(std::make_unique<Parts>(config)) {}
Server::~Server() = default;

// --- getters -------------------------------------------------------------------------------------

std::uint32_t Server::connection_count() const { return parts_->state.open_connections(); }

std::string_view Server::engine_id(ConnectionHandle handle) const {
  const Connection* connection = parts_->state.connections().find(handle);
  return connection == nullptr ? std::string_view() : connection->engine_id;
}

EngineProtocol Server::protocol(ConnectionHandle handle) const {
  const Connection* connection = parts_->state.connections().find(handle);
  return connection == nullptr ? EngineProtocol::v4 : connection->protocol;
}

Transport Server::transport(ConnectionHandle handle) const {
  const Connection* connection = parts_->state.connections().find(handle);
  return connection == nullptr ? Transport::websocket : connection->transport;
}

ConnectionHandle Server::find_connection(std::string_view engine_id) const {
  return parts_->state.find_connection(engine_id);
}

ConnectionHandle Server::connection_at(std::uint32_t index) const {
  return parts_->state.connections().handle_at(index);
}

std::uint32_t Server::connection_limit() const { return parts_->state.connections().limit(); }

std::span<const SessionHandle> Server::sessions_of(ConnectionHandle handle) const {
  const Connection* connection = parts_->state.connections().find(handle);
  return connection == nullptr ? std::span<const SessionHandle>() : connection->sessions.view();
}

std::string_view Server::session_id(SessionHandle handle) const {
  const Session* session = parts_->state.sessions().find(handle);
  return session == nullptr ? std::string_view() : session->id;
}

std::string_view Server::recovery_id(SessionHandle handle) const {
  const Session* session = parts_->state.sessions().find(handle);
  return session == nullptr ? std::string_view() : session->recovery_id;
}

NamespaceHandle Server::namespace_of(SessionHandle handle) const {
  const Session* session = parts_->state.sessions().find(handle);
  return session == nullptr ? kNone : session->name_space;
}

ConnectionHandle Server::connection_of(SessionHandle handle) const {
  const Session* session = parts_->state.sessions().find(handle);
  return session == nullptr ? kNone : session->connection;
}

bool Server::is_connected(SessionHandle handle) const {
  const Session* session = parts_->state.sessions().find(handle);
  return session != nullptr && session->state == SessionState::connected;
}

bool Server::is_listed(SessionHandle handle) const {
  const Session* session = parts_->state.sessions().find(handle);
  return session != nullptr && session->is_listed;
}

std::string_view Server::namespace_name(NamespaceHandle handle) const {
  const Namespace* name_space = parts_->state.namespaces().find(handle);
  return name_space == nullptr ? std::string_view() : name_space->name;
}

NamespaceHandle Server::find_namespace(std::string_view name) const {
  return parts_->state.find_namespace(name);
}

NamespaceHandle Server::namespace_at(std::uint32_t index) const {
  return parts_->state.namespaces().handle_at(index);
}

SessionHandle Server::session_at(std::uint32_t index) const {
  return parts_->state.sessions().handle_at(index);
}

std::uint32_t Server::namespace_limit() const { return parts_->state.namespaces().limit(); }

SessionHandle Server::find_session(NamespaceHandle name_space, std::string_view id) const {
  return parts_->rooms.find_session(name_space, id);
}

HandshakeError Server::check_handshake(const HandshakeRequest& request) const {
  return dormouse::check_handshake(parts_->state, request);
}

// --- inputs --------------------------------------------------------------------------------------

Status Server::handle_open(Milliseconds now, EngineProtocol protocol, Transport transport,
                           std::string_view engine_id, ConnectionHandle& connection) {
  const Parts::Call call(*parts_);
  if (parts_->is_full()) return Status::too_many_connections;
  parts_->engine.advance_clock(now);
  connection = parts_->engine.open(protocol, transport, engine_id);
  if (protocol == EngineProtocol::v3) parts_->sockets.connect_implicitly(connection);
  return Status::ok;
}

Status Server::handle_text(Milliseconds now, ConnectionHandle connection, const TextHead& text) {
  const Milliseconds reported = parts_->engine.reported_deadline();
  Status status = Status::unknown_connection;
  {
    const Parts::Call call(*parts_);
    if (parts_->is_open(connection, now)) status = parts_->messages.handle_text(connection, text);
  }
  if (status == Status::more_head_needed) {
    // The caller comes again with a longer head; effects are reported then.
    parts_->effects.clear();
    parts_->engine.take_report_back(reported);
  }
  return status;
}

// Not in `Messages`: one more indirection would cost a twentieth of this call.
std::optional<Delivery> Server::handle_delivery(Milliseconds now, ConnectionHandle handle,
                                                const TextHead& text) {
  Parts& parts = *parts_;
  const State& state = parts.state;
  const Config& config = state.config();
  const Connection* connection = state.find_open(handle);
  if (connection == nullptr || config.has_external_codec()) return std::nullopt;
  if (text.total_units > config.max_payload / kMaxBytesPerUnit) return std::nullopt;
  // Clocks set back and overtaken timeouts concern all clients: `handle_text` handles them.
  if (state.clock().is_set_back(now) || state.is_overtaken_by(now)) return std::nullopt;
  const std::optional<PacketHead> head = Messages::read_head(text, connection->protocol, config);
  if (!head || head->payload_offset + 1 != text.bytes.size()) return std::nullopt;
  if (head->ack_id > kMaxDeliveredAck && head->ack_id != kNoAck) return std::nullopt;
  if (parts.sockets.check_text(*connection)) return std::nullopt;
  const SessionHandle session = parts.sockets.recipient_of(*connection, *head);
  if (session == kNone) return std::nullopt;
  parts.effects.clear();
  parts.engine.advance_clock(now);
  parts.engine.note_heard(handle);
  return Delivery{head->type, session, head->ack_id, head->payload_offset};
}

Status Server::handle_binary(Milliseconds now, ConnectionHandle connection, std::uint32_t size,
                             std::uint8_t first_byte) {
  const Parts::Call call(*parts_);
  if (!parts_->is_open(connection, now)) return Status::unknown_connection;
  parts_->messages.handle_binary(connection, size, first_byte);
  return Status::ok;
}

Status Server::handle_packet(ConnectionHandle connection, PacketType type,
                             std::string_view name_space, AckId ack_id) {
  const Parts::Call call(*parts_);
  if (!parts_->is_open(connection)) return Status::unknown_connection;
  parts_->messages.handle_packet(connection, type, name_space, ack_id);
  return Status::ok;
}

Status Server::handle_close(ConnectionHandle connection, DisconnectReason reason) {
  const Parts::Call call(*parts_);
  if (!parts_->is_open(connection)) return Status::unknown_connection;
  parts_->messages.drop(connection, reason);
  return Status::ok;
}

Status Server::handle_fault(ConnectionHandle connection, Fault fault) {
  const Parts::Call call(*parts_);
  if (!parts_->is_open(connection)) return Status::unknown_connection;
  parts_->messages.punish(connection, fault);
  return Status::ok;
}

Status Server::handle_pong(Milliseconds now, ConnectionHandle connection, Milliseconds at) {
  const Parts::Call call(*parts_);
  if (!parts_->is_open(connection, now)) return Status::unknown_connection;
  parts_->engine.note_pong(connection, now, at);
  return Status::ok;
}

Status Server::begin_upgrade(ConnectionHandle connection) {
  return parts_->change_transport(connection, TransportCommand::begin_upgrade);
}

Status Server::finish_upgrade(ConnectionHandle connection) {
  return parts_->change_transport(connection, TransportCommand::finish_upgrade);
}

Status Server::abandon_upgrade(ConnectionHandle connection) {
  return parts_->change_transport(connection, TransportCommand::abandon_upgrade);
}

void Server::handle_timeout(Milliseconds now) {
  Parts& parts = *parts_;
  const Parts::Call call(parts);
  EngineSessions& engine = parts.engine;
  engine.advance_clock(now);
  if (engine.begin_timeout()) {
    for (ConnectionHandle handle = engine.next_open(kNone); handle != kNone;
         handle = engine.next_open(handle)) {
      if (const std::optional<Fault> fault = engine.judge(handle))
        parts.messages.punish(handle, *fault);
    }
  }
  engine.finish_timeout();
}

// --- commands ------------------------------------------------------------------------------------

void Server::send_pings(Milliseconds now) {
  const Parts::Call call(*parts_);
  parts_->engine.advance_clock(now);
  parts_->engine.send_due_pings();
}

void Server::set_connect_timeout(std::uint32_t milliseconds) {
  const Parts::Call call(*parts_);
  parts_->engine.set_connect_timeout(milliseconds);
}

NamespaceHandle Server::add_namespace(std::string_view name) {
  const Parts::Call call(*parts_);
  return parts_->namespaces.open(name);
}

Status Server::remove_namespace(NamespaceHandle name_space) {
  const Parts::Call call(*parts_);
  return parts_->namespaces.close(name_space);
}

Status Server::assign(SessionHandle session, NamespaceHandle name_space, std::string_view id) {
  const Parts::Call call(*parts_);
  return parts_->sockets.assign(session, name_space, id);
}

Status Server::rename(SessionHandle session, std::string_view id) {
  const Parts::Call call(*parts_);
  return parts_->sockets.rename(session, id);
}

Status Server::admit(SessionHandle session, std::string_view pid) {
  const Parts::Call call(*parts_);
  const Status status = parts_->sockets.admit(session, pid);
  if (status == Status::ok) parts_->engine.note_joined(connection_of(session));
  return status;
}

Status Server::refuse(SessionHandle session, std::string_view payload) {
  const Parts::Call call(*parts_);
  return parts_->sockets.refuse(session, payload);
}

Status Server::reject(SessionHandle session) {
  const Parts::Call call(*parts_);
  return parts_->sockets.reject(session);
}

Status Server::disconnect(SessionHandle session) {
  const Parts::Call call(*parts_);
  return parts_->sockets.disconnect(session);
}

Status Server::close_session(SessionHandle session, DisconnectReason reason) {
  const Parts::Call call(*parts_);
  return parts_->sockets.close(session, reason);
}

Status Server::close_connection(ConnectionHandle connection, DisconnectReason reason) {
  constexpr std::uint16_t kNormalClosure = 1000;
  const Parts::Call call(*parts_);
  if (!parts_->is_open(connection)) return Status::unknown_connection;
  parts_->messages.shut(connection, reason, kNormalClosure, std::nullopt);
  return Status::ok;
}

Status Server::release(SessionHandle session) {
  const Parts::Call call(*parts_);
  return parts_->sockets.release(session);
}

Status Server::allocate_ack(SessionHandle session, AckId& id) {
  const Parts::Call call(*parts_);
  return parts_->sockets.allocate_ack(session, id);
}

Status Server::allocate_broadcast_ack(NamespaceHandle name_space,
                                      std::span<const SessionHandle> sessions, AckId& id) {
  const Parts::Call call(*parts_);
  return parts_->sockets.allocate_broadcast_ack(name_space, sessions, id);
}

Status Server::join(SessionHandle session, std::string_view room, std::uint32_t& change) {
  const Parts::Call call(*parts_);
  return parts_->sockets.join(session, room, change);
}

Status Server::leave(SessionHandle session, std::string_view room, std::uint32_t& change) {
  const Parts::Call call(*parts_);
  return parts_->sockets.leave(session, room, change);
}

Status Server::unlist(SessionHandle session) {
  const Parts::Call call(*parts_);
  return parts_->sockets.unlist(session);
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

std::uint32_t Server::member_count(NamespaceHandle name_space, std::string_view room) {
  return parts_->rooms.member_count(name_space, room);
}

// --- snapshots -----------------------------------------------------------------------------------

std::string_view Server::snapshot(ConnectionHandle connection) {
  parts_->bytes.clear();
  if (parts_->is_open(connection)) write_snapshot(parts_->state, connection, parts_->bytes);
  return parts_->bytes;
}

Status Server::restore(Milliseconds now, std::string_view snapshot, ConnectionHandle& connection) {
  Parts& parts = *parts_;
  const Parts::Call call(parts);
  ConnectionRecord record;
  const Status status = read_snapshot(snapshot, parts.state.config(), record);
  if (status != Status::ok) return status;
  if (parts.is_full()) return Status::too_many_connections;
  parts.engine.advance_clock(now);
  connection = parts.engine.restore(record);
  parts.sockets.restore(connection, record);
  return Status::ok;
}

// --- polls ---------------------------------------------------------------------------------------

Effects Server::poll_effects() const { return parts_->effects.view(); }

std::span<const ConnectionHandle> Server::poll_changed() {
  parts_->engine.take_changed(parts_->changed);
  return parts_->changed;
}

}  // namespace dormouse
