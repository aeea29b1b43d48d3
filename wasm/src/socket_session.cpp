#include "socket_session.h"

#include <utility>

#include "json.h"

namespace dormouse {

namespace {

constexpr std::string_view kInvalidNamespace = "Invalid namespace";

}  // namespace

std::optional<Fault> SocketSessions::handle_packet(ConnectionHandle connection,
                                                   const PacketHead& head) {
  const bool may_have_payload = head.type != PacketType::disconnect;
  if (!may_have_payload && head.payload_offset != kNone) return Fault::invalid_payload;
  const SessionHandle session = find(state_.connections_[connection], head.name_space);
  const SessionState state =
      session == kNone ? SessionState::absent : state_.sessions_[session].state;
  const PacketStep& step = step_of(head.type, state);
  switch (step.action) {
  case PacketAction::violate:
    break;
  case PacketAction::begin:
    return begin(connection, head);
  case PacketAction::end:
    end(session, step.next, DisconnectReason::client_namespace_disconnect);
    return std::nullopt;
  case PacketAction::deliver:
    effects_.deliver({head.type, session, head.ack_id, head.payload_offset});
    return std::nullopt;
  case PacketAction::collect:
    collect(connection, head, session);
    return std::nullopt;
  }
  return Fault::invalid_state;
}

SessionHandle SocketSessions::recipient_of(const Connection& connection,
                                           const PacketHead& head) const {
  const SessionHandle session = find(connection, head.name_space);
  if (session == kNone) return kNone;
  const PacketStep& step = step_of(head.type, state_.sessions_[session].state);
  return step.action == PacketAction::deliver ? session : kNone;
}

std::optional<Fault> SocketSessions::check_text(const Connection& connection) {
  const CollectionStep& step = step_of(CollectionInput::text, connection.collection);
  if (step.action == CollectionAction::decode) return std::nullopt;
  return Fault::text_while_attachments_pending;
}

std::optional<Fault> SocketSessions::handle_attachment(ConnectionHandle handle,
                                                       std::uint32_t offset) {
  Connection& connection = state_.connections_[handle];
  const bool is_last = connection.pending != nullptr && connection.pending->remaining == 1;
  const CollectionInput input =
      is_last ? CollectionInput::last_attachment : CollectionInput::attachment;
  const auto [action, next] = step_of(input, connection.collection);
  if (action == CollectionAction::refuse) return Fault::unexpected_attachment;
  state_.mark_changed(handle);
  effects_.attachment(handle, offset);
  --connection.pending->remaining;
  connection.collection = next;
  if (action == CollectionAction::keep) return std::nullopt;
  const std::unique_ptr<PendingPacket> whole = std::move(connection.pending);
  if (action == CollectionAction::violate) return Fault::invalid_state;
  const PacketType type =
      whole->type == PacketType::binary_event ? PacketType::event : PacketType::ack;
  effects_.deliver({type, whole->session, whole->ack_id, kNone, whole->attachments});
  return std::nullopt;
}

void SocketSessions::connect_implicitly(ConnectionHandle connection) {
  PacketHead head;
  head.name_space = kRootNamespace;
  (void)begin(connection, head);
}

Status SocketSessions::assign(SessionHandle handle, NamespaceHandle name_space,
                              std::string_view id) {
  const Status status = permit(handle, SessionCommand::assign);
  if (status == Status::unknown_session) return status;
  const Namespace* target = state_.namespaces_.find(name_space);
  if (target == nullptr || !target->open) return Status::unknown_namespace;
  if (status != Status::ok) return status;
  Session& session = state_.sessions_[handle];
  const SessionHandle there = find(state_.connections_[session.connection], target->name);
  if (there != kNone && there != handle) return Status::wrong_state;
  const NamespaceHandle before = session.name_space;
  session.name_space = name_space;
  namespaces_.add_reference(name_space);
  namespaces_.remove_reference(before);
  session.id = id;
  session.state = step_of(SessionCommand::assign, session.state).next;
  state_.mark_changed(session.connection);
  return Status::ok;
}

Status SocketSessions::rename(SessionHandle handle, std::string_view id) {
  const Status status = permit(handle, SessionCommand::rename);
  if (status == Status::ok) state_.sessions_[handle].id = id;
  return status;
}

Status SocketSessions::unlist(SessionHandle handle) {
  const Status status = permit(handle, SessionCommand::unlist);
  if (status != Status::ok) return status;
  rooms_.leave_all(handle);
  state_.mark_changed(state_.sessions_[handle].connection);
  return Status::ok;
}

Status SocketSessions::admit(SessionHandle handle, std::string_view recovery_id) {
  const Status status = permit(handle, SessionCommand::admit);
  if (status != Status::ok) return status;
  Session& session = state_.sessions_[handle];
  session.state = step_of(SessionCommand::admit, session.state).next;
  session.recovery_id = recovery_id;
  rooms_.admit(handle);
  rooms_.join(handle, session.id);
  state_.mark_changed(session.connection);
  const bool is_told = state_.connections_[session.connection].protocol != EngineProtocol::v3;
  send(handle, PacketType::connect,
       is_told ? connect_json(session.id, recovery_id) : std::string());
  return Status::ok;
}

Status SocketSessions::refuse(SessionHandle handle, std::string_view payload) {
  const Status status = permit(handle, SessionCommand::refuse);
  if (status != Status::ok) return status;
  send(handle, PacketType::connect_error, payload);
  remove(handle);
  return Status::ok;
}

Status SocketSessions::reject(SessionHandle handle) {
  const Status status = permit(handle, SessionCommand::reject);
  if (status != Status::ok) return status;
  send(handle, PacketType::connect_error, error_json(kInvalidNamespace));
  remove(handle);
  return Status::ok;
}

Status SocketSessions::disconnect(SessionHandle handle) {
  const Status status = permit(handle, SessionCommand::disconnect);
  if (status != Status::ok) return status;
  send(handle, PacketType::disconnect, {});
  end(handle, step_of(SessionCommand::disconnect, state_.sessions_[handle].state).next,
      DisconnectReason::server_namespace_disconnect);
  return Status::ok;
}

Status SocketSessions::close(SessionHandle handle, DisconnectReason reason) {
  const Status status = permit(handle, SessionCommand::close);
  if (status != Status::ok) return status;
  end(handle, step_of(SessionCommand::close, state_.sessions_[handle].state).next, reason);
  return Status::ok;
}

Status SocketSessions::release(SessionHandle handle) {
  const Status status = permit(handle, SessionCommand::release);
  if (status == Status::ok) remove(handle);
  return status;
}

Status SocketSessions::join(SessionHandle handle, std::string_view room, std::uint32_t& change) {
  Status status = permit(handle, SessionCommand::use_rooms);
  if (status == Status::ok) status = rooms_.may_join(handle, room);
  if (status == Status::ok) change = rooms_.join(handle, room);
  return status;
}

Status SocketSessions::leave(SessionHandle handle, std::string_view room, std::uint32_t& change) {
  const Status status = permit(handle, SessionCommand::use_rooms);
  if (status == Status::ok) change = rooms_.leave(handle, room);
  return status;
}

Status SocketSessions::allocate_ack(SessionHandle handle, AckId& id) {
  const Status status = permit(handle, SessionCommand::allocate_ack);
  if (status != Status::ok) return status;
  return allocate_broadcast_ack(state_.sessions_[handle].name_space, {&handle, 1}, id);
}

Status SocketSessions::allocate_broadcast_ack(NamespaceHandle handle,
                                              std::span<const SessionHandle> sessions, AckId& id) {
  if (!state_.namespaces_.contains(handle)) return Status::unknown_namespace;
  for (const SessionHandle one : sessions) {
    const Session* session = state_.sessions_.find(one);
    if (session == nullptr || session->name_space != handle) return Status::unknown_session;
  }
  id = namespaces_.allocate_ack(handle);
  for (const SessionHandle one : sessions) {
    Session& session = state_.sessions_[one];
    session.next_ack = id + 1;
    state_.mark_changed(session.connection);
  }
  return Status::ok;
}

void SocketSessions::report_fault(ConnectionHandle connection, Fault fault) {
  if (describe(fault).event == ErrorEvent::none) return;
  for (const SessionHandle session : state_.connections_[connection].sessions) {
    if (state_.sessions_[session].state == SessionState::connected) effects_.error(session, fault);
  }
}

void SocketSessions::lose_all(ConnectionHandle connection, DisconnectReason reason) {
  for (const SessionHandle handle : state_.connections_[connection].sessions) {
    const CommandStep& step = step_of(SessionCommand::lose, state_.sessions_[handle].state);
    if (step.is_allowed) end(handle, step.next, reason);
  }
}

void SocketSessions::restore(ConnectionHandle handle, const ConnectionRecord& record) {
  Connection& connection = state_.connections_[handle];
  // Keeps `mark_changed` from listing it: it is just as its snapshot says.
  connection.changed = true;
  std::span<const std::string_view> rooms = record.rooms;
  for (const SessionRecord& session : record.sessions) {
    const SessionState begun = step_of(PacketType::connect, SessionState::absent).next;
    const SessionState resumed = step_of(SessionCommand::resume, SessionState::absent).next;
    const NamespaceHandle name_space = namespaces_.mention(session.name_space);
    restore_session(add(handle, name_space, session.connected ? resumed : begun), session,
                    rooms.first(session.rooms));
    rooms = rooms.subspan(session.rooms);
  }
  connection.changed = false;
  if (record.collection == CollectionState::idle) return;
  connection.collection = record.collection;
  connection.pending = std::make_unique<PendingPacket>(record.pending);
  SessionHandle& session = connection.pending->session;
  if (record.collection == CollectionState::collecting) session = connection.sessions[session];
}

void SocketSessions::restore_session(SessionHandle handle, const SessionRecord& record,
                                     std::span<const std::string_view> rooms) {
  Session& session = state_.sessions_[handle];
  session.next_ack = record.next_ack;
  namespaces_.skip_acks(session.name_space, record.next_ack);
  if (!record.connected) {
    const Namespace& name_space = state_.namespaces_[session.name_space];
    effects_.connect({.session = handle,
                      .connection = session.connection,
                      .name_space = name_space.open ? session.name_space : kNone,
                      .name = name_space.name});
    return;
  }
  session.id = record.id;
  session.recovery_id = record.recovery_id;
  if (record.listed) rooms_.admit(handle);
  for (const std::string_view room : rooms) rooms_.join(handle, room);
}

SessionHandle SocketSessions::add(ConnectionHandle connection, NamespaceHandle name_space,
                                  SessionState state) {
  const SessionHandle handle = state_.sessions_.take();
  Session& session = state_.sessions_[handle];
  session.state = state;
  session.connection = connection;
  session.name_space = name_space;
  namespaces_.add_reference(name_space);
  state_.connections_[connection].sessions.push_back(handle);
  return handle;
}

SessionHandle SocketSessions::find(const Connection& connection, std::string_view name) const {
  const NamespaceHandle name_space = state_.find_namespace(name);
  if (name_space == kNone) return kNone;
  // A client is in a handful of namespaces: looking through them beats any table.
  for (const SessionHandle handle : connection.sessions) {
    const Session& session = state_.sessions_[handle];
    if (session.name_space == name_space && is_on_wire(session.state)) return handle;
  }
  return kNone;
}

Status SocketSessions::permit(SessionHandle handle, SessionCommand command) const {
  const Session* session = state_.sessions_.find(handle);
  if (session == nullptr) return Status::unknown_session;
  return step_of(command, session->state).is_allowed ? Status::ok : Status::wrong_state;
}

bool SocketSessions::has_space(ConnectionHandle connection, std::string_view name) const {
  const Config& config = state_.config_;
  const ShortList& sessions = state_.connections_[connection].sessions;
  std::size_t pending = 1;
  std::size_t bytes = name.size();
  for (const SessionHandle handle : sessions) {
    const Session& session = state_.sessions_[handle];
    if (!is_pending(session.state)) continue;
    ++pending;
    bytes += state_.namespaces_[session.name_space].name.size();
  }
  return sessions.size() < config.max_sessions_per_connection &&
         pending <= config.max_pending_sessions && bytes <= config.max_pending_bytes;
}

std::optional<Fault> SocketSessions::begin(ConnectionHandle connection, const PacketHead& head) {
  if (!has_space(connection, head.name_space)) return Fault::too_many_sessions;
  const NamespaceHandle name_space = namespaces_.mention(head.name_space);
  const SessionState begun = step_of(PacketType::connect, SessionState::absent).next;
  const SessionHandle session = add(connection, name_space, begun);
  state_.mark_changed(connection);
  const bool from_query = state_.connections_[connection].protocol == EngineProtocol::v3;
  effects_.connect({.session = session,
                    .connection = connection,
                    .name_space = state_.namespaces_[name_space].open ? name_space : kNone,
                    .name = head.name_space,
                    .payload_offset = from_query ? head.query_offset : head.payload_offset,
                    .payload_end = head.query_end});
  return std::nullopt;
}

void SocketSessions::collect(ConnectionHandle handle, const PacketHead& head,
                             SessionHandle session) {
  const PendingPacket pending{head.type, session, head.ack_id, head.attachments, head.attachments};
  Connection& connection = state_.connections_[handle];
  connection.pending = std::make_unique<PendingPacket>(pending);
  connection.collection = step_of(CollectionInput::binary_head, connection.collection).next;
  state_.mark_changed(handle);
  effects_.pending(handle, head.payload_offset);
}

void SocketSessions::send(SessionHandle handle, PacketType type, std::string_view payload) {
  const Session& session = state_.sessions_[handle];
  if (state_.find_open(session.connection) == nullptr) return;
  const std::string_view name = state_.namespaces_[session.name_space].name;
  if (state_.config_.has_external_codec()) {
    effects_.packet(session.connection, type, name, payload);
    return;
  }
  const char header[] = {'4', static_cast<char>('0' + static_cast<int>(type))};
  const bool root = is_root(name);
  effects_.send(session.connection, {{header, sizeof header},
                                     root ? std::string_view() : name,
                                     root ? std::string_view() : std::string_view(","),
                                     payload});
}

void SocketSessions::end(SessionHandle handle, SessionState next, DisconnectReason reason) {
  Session& session = state_.sessions_[handle];
  const bool was_connected = session.state == SessionState::connected;
  session.state = next;
  Connection& connection = state_.connections_[session.connection];
  if (connection.pending != nullptr && connection.pending->session == handle) {
    connection.collection = step_of(CollectionInput::session_end, connection.collection).next;
    connection.pending->session = kNone;
  }
  state_.mark_changed(session.connection);
  effects_.closing(handle, reason, was_connected ? 1 : 0);
}

void SocketSessions::remove(SessionHandle handle) {
  rooms_.leave_all(handle);
  const Session& session = state_.sessions_[handle];
  const NamespaceHandle name_space = session.name_space;
  const ConnectionHandle connection = session.connection;
  state_.connections_[connection].sessions.remove(handle);
  state_.sessions_.free(handle);
  namespaces_.remove_reference(name_space);
  state_.mark_changed(connection);
  state_.free_if_over(connection);
}

}  // namespace dormouse
