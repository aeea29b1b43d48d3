#include "socket_session.h"

#include <algorithm>
#include <utility>

#include "json.h"

namespace dormouse {

namespace {

enum class Action : std::uint8_t { violate, begin, close, deliver, collect };

constexpr std::size_t kAbsent = 4;

// Rows: packet types in the order of their digits. Columns: resolving, connecting, connected,
// closing, absent (the order of `SessionState`, then none).
constexpr Action kActions[][5] = {
    /* CONNECT */ {Action::violate, Action::violate, Action::violate, Action::violate,
                   Action::begin},
    /* DISCONNECT */
    {Action::violate, Action::violate, Action::close, Action::violate, Action::violate},
    /* EVENT */
    {Action::violate, Action::violate, Action::deliver, Action::violate, Action::violate},
    /* ACK */ {Action::violate, Action::violate, Action::deliver, Action::violate, Action::violate},
    /* CONNECT_ERROR */
    {Action::violate, Action::violate, Action::violate, Action::violate, Action::violate},
    /* BINARY_EVENT */
    {Action::violate, Action::violate, Action::collect, Action::violate, Action::violate},
    /* BINARY_ACK */
    {Action::violate, Action::violate, Action::collect, Action::violate, Action::violate},
};

constexpr std::string_view kRootNamespace = "/";
constexpr std::string_view kInvalidNamespace = "Invalid namespace";

}  // namespace

std::optional<Fault> SocketSessions::handle_packet(ConnectionHandle connection,
                                                   const PacketHead& head) {
  const bool may_have_payload = head.type != PacketType::disconnect;
  if (!may_have_payload && head.payload_offset != kNone) return Fault::invalid_payload;
  const SessionHandle session = find(connection, head.name_space);
  const std::size_t column =
      session == kNone ? kAbsent : static_cast<std::size_t>(state_.sessions[session].state);
  switch (kActions[static_cast<std::size_t>(head.type)][column]) {
  case Action::violate:
    return Fault::invalid_state;
  case Action::begin:
    return begin(connection, head);
  case Action::close:
    move_to_closing(session, DisconnectReason::client_namespace_disconnect);
    return std::nullopt;
  case Action::deliver:
    deliver(head.type, {session, head.ack_id, head.payload_offset, 0});
    return std::nullopt;
  case Action::collect:
    collect(connection, head, session);
    return std::nullopt;
  }
  return Fault::invalid_state;
}

std::optional<Fault> SocketSessions::handle_attachment(ConnectionHandle handle,
                                                       std::uint32_t offset) {
  std::unique_ptr<PendingPacket>& pending = state_.connections[handle].pending;
  if (pending == nullptr) return Fault::unexpected_attachment;
  state_.mark_changed(handle);
  effects_.attachment(handle, offset);
  if (--pending->remaining > 0) return std::nullopt;
  const std::unique_ptr<PendingPacket> whole = std::move(pending);
  if (whole->session == kNone) return Fault::invalid_state;
  deliver(whole->type, {whole->session, whole->ack_id, kNone, whole->attachments});
  return std::nullopt;
}

void SocketSessions::connect_implicitly(ConnectionHandle connection) {
  PacketHead head;
  head.name_space = kRootNamespace;
  (void)begin(connection, head);
}

Status SocketSessions::assign(SessionHandle handle, NamespaceHandle name_space,
                              std::string_view id) {
  Session* session = state_.sessions.find(handle);
  if (session == nullptr) return Status::unknown_session;
  Namespace* target = state_.namespaces.find(name_space);
  if (target == nullptr || !target->open) return Status::unknown_namespace;
  const SessionHandle there = find(session->connection, target->name);
  const bool taken = there != kNone && there != handle;
  if (session->state != SessionState::resolving || taken) return Status::wrong_state;
  const NamespaceHandle before = session->name_space;
  session->name_space = name_space;
  ++target->references;
  --state_.namespaces[before].references;
  forget_namespace_if_unused(before);
  session->id = id;
  session->state = SessionState::connecting;
  state_.mark_changed(session->connection);
  return Status::ok;
}

Status SocketSessions::admit(SessionHandle handle, std::string_view recovery_id) {
  Session* session = state_.sessions.find(handle);
  if (session == nullptr) return Status::unknown_session;
  if (session->state != SessionState::connecting) return Status::wrong_state;
  session->state = SessionState::connected;
  session->recovery_id = recovery_id;
  rooms_.admit(handle);
  rooms_.join(handle, session->id);
  Connection& connection = state_.connections[session->connection];
  connection.has_joined = true;
  state_.mark_changed(session->connection);
  send(handle, PacketType::connect,
       connection.protocol == EngineProtocol::v3 ? std::string()
                                                 : connect_json(session->id, recovery_id));
  return Status::ok;
}

Status SocketSessions::refuse(SessionHandle handle, std::string_view payload) {
  const Session* session = state_.sessions.find(handle);
  if (session == nullptr) return Status::unknown_session;
  if (session->state != SessionState::connecting) return Status::wrong_state;
  send(handle, PacketType::connect_error, payload);
  remove(handle);
  return Status::ok;
}

Status SocketSessions::reject(SessionHandle handle) {
  const Session* session = state_.sessions.find(handle);
  if (session == nullptr) return Status::unknown_session;
  if (session->state != SessionState::resolving) return Status::wrong_state;
  send(handle, PacketType::connect_error, error_json(kInvalidNamespace));
  remove(handle);
  return Status::ok;
}

Status SocketSessions::disconnect(SessionHandle handle) {
  const Session* session = state_.sessions.find(handle);
  if (session == nullptr) return Status::unknown_session;
  if (session->state != SessionState::connected) return Status::wrong_state;
  send(handle, PacketType::disconnect, {});
  move_to_closing(handle, DisconnectReason::server_namespace_disconnect);
  return Status::ok;
}

Status SocketSessions::close(SessionHandle handle, DisconnectReason reason) {
  const Session* session = state_.sessions.find(handle);
  if (session == nullptr) return Status::unknown_session;
  if (session->state != SessionState::connected) return Status::wrong_state;
  move_to_closing(handle, reason);
  return Status::ok;
}

Status SocketSessions::release(SessionHandle handle) {
  const Session* session = state_.sessions.find(handle);
  if (session == nullptr) return Status::unknown_session;
  if (session->state != SessionState::closing) return Status::wrong_state;
  remove(handle);
  return Status::ok;
}

void SocketSessions::report_fault(ConnectionHandle connection, Fault fault) {
  if (describe(fault).event == ErrorEvent::none) return;
  for (const SessionHandle session : state_.connections[connection].sessions) {
    if (state_.sessions[session].state == SessionState::connected) effects_.error(session, fault);
  }
}

void SocketSessions::close_all(ConnectionHandle connection, DisconnectReason reason) {
  for (const SessionHandle session : state_.connections[connection].sessions) {
    if (state_.sessions[session].state != SessionState::closing) move_to_closing(session, reason);
  }
}

NamespaceHandle SocketSessions::mention_namespace(std::string_view name) {
  const auto known = state_.namespace_names.find(NameView(name));
  if (known != state_.namespace_names.end()) return known->second;
  const NamespaceHandle handle = state_.namespaces.take();
  const auto entry = state_.namespace_names.try_emplace(Name(NameView(name)), handle).first;
  state_.namespaces[handle].name = entry->first.text;
  return handle;
}

SessionHandle SocketSessions::add(ConnectionHandle connection, NamespaceHandle name_space,
                                  SessionState state) {
  const SessionHandle handle = state_.sessions.take();
  Session& session = state_.sessions[handle];
  session.state = state;
  session.connection = connection;
  session.name_space = name_space;
  ++state_.namespaces[name_space].references;
  state_.connections[connection].sessions.push_back(handle);
  return handle;
}

void SocketSessions::ask_again(SessionHandle handle) {
  const Session& session = state_.sessions[handle];
  const Namespace& name_space = state_.namespaces[session.name_space];
  effects_.connect({.session = handle,
                    .connection = session.connection,
                    .name_space = name_space.open ? session.name_space : kNone,
                    .name = name_space.name});
}

void SocketSessions::forget_namespace_if_unused(NamespaceHandle handle) {
  const Namespace& name_space = state_.namespaces[handle];
  if (name_space.open || name_space.references > 0) return;
  state_.namespace_names.erase(state_.namespace_names.find(NameView(name_space.name)));
  state_.namespaces.free(handle);
}

SessionHandle SocketSessions::find(ConnectionHandle connection, std::string_view name) const {
  // A client is in a handful of namespaces: looking through them beats any table.
  for (const SessionHandle session : state_.connections[connection].sessions) {
    if (state_.namespaces[state_.sessions[session].name_space].name == name) return session;
  }
  return kNone;
}

std::optional<Fault> SocketSessions::begin(ConnectionHandle connection, const PacketHead& head) {
  const std::size_t sessions = state_.connections[connection].sessions.size();
  if (sessions >= state_.config.max_sessions_per_connection) return Fault::too_many_sessions;
  const NamespaceHandle name_space = mention_namespace(head.name_space);
  const SessionHandle session = add(connection, name_space, SessionState::resolving);
  state_.mark_changed(connection);
  const bool from_query = state_.connections[connection].protocol == EngineProtocol::v3;
  effects_.connect({.session = session,
                    .connection = connection,
                    .name_space = state_.namespaces[name_space].open ? name_space : kNone,
                    .name = head.name_space,
                    .payload_offset = from_query ? head.query_offset : head.payload_offset,
                    .payload_end = head.query_end});
  return std::nullopt;
}

void SocketSessions::deliver(PacketType type, const Delivery& delivery) {
  if (type == PacketType::event || type == PacketType::binary_event) {
    effects_.event(delivery);
  } else {
    effects_.ack(delivery);
  }
}

void SocketSessions::collect(ConnectionHandle connection, const PacketHead& head,
                             SessionHandle session) {
  const PendingPacket pending{head.type, session, head.ack_id, head.attachments, head.attachments};
  state_.connections[connection].pending = std::make_unique<PendingPacket>(pending);
  state_.mark_changed(connection);
  effects_.pending(connection, head.payload_offset);
}

void SocketSessions::send(SessionHandle handle, PacketType type, std::string_view payload) {
  const Session& session = state_.sessions[handle];
  if (state_.connections[session.connection].state != ConnectionState::open) return;
  const std::string_view name = state_.namespaces[session.name_space].name;
  if (state_.config.packet_codec == PacketCodec::external) {
    effects_.packet(session.connection, type, name, payload);
    return;
  }
  const char header[] = {'4', static_cast<char>('0' + static_cast<int>(type))};
  const bool root = name == kRootNamespace;
  effects_.send(session.connection, {{header, sizeof header},
                                     root ? std::string_view() : name,
                                     root ? std::string_view() : std::string_view(","),
                                     payload});
}

void SocketSessions::move_to_closing(SessionHandle handle, DisconnectReason reason) {
  Session& session = state_.sessions[handle];
  const bool was_connected = session.state == SessionState::connected;
  session.state = SessionState::closing;
  PendingPacket* pending = state_.connections[session.connection].pending.get();
  if (pending != nullptr && pending->session == handle) pending->session = kNone;
  state_.mark_changed(session.connection);
  effects_.closing(handle, reason, was_connected ? 1 : 0);
}

void SocketSessions::remove(SessionHandle handle) {
  rooms_.leave_all(handle);
  const Session& session = state_.sessions[handle];
  const NamespaceHandle name_space = session.name_space;
  const ConnectionHandle connection = session.connection;
  auto& siblings = state_.connections[connection].sessions;
  siblings.erase(std::find(siblings.begin(), siblings.end(), handle));
  --state_.namespaces[name_space].references;
  state_.sessions.free(handle);
  forget_namespace_if_unused(name_space);
  state_.mark_changed(connection);
  if (siblings.empty() && state_.connections[connection].state == ConnectionState::closed) {
    state_.free_connection(connection);
  }
}

}  // namespace dormouse
