// Every export of core.wasm, and nothing else.
//
// Conventions
//   - The first argument is the server. An instance has one, and both are dropped together: memory
//     that an instance once had is only given back with it.
//   - Strings come in as (pointer, length) of UTF-8 in the input area (`dm_input`), which the
//     caller fills right before the call. Lists of strings: `count` 32-bit lengths, then all the
//     bytes.
//   - What a call gives back beside its status stands in the result block (`dm_results`), at a
//     fixed address: words 0-2 are the effects (words pointer, word count, bytes pointer), words
//     3-5 are the call's own values. Both are valid until the next call. Calls that can have no
//     effects leave words 0-2 alone.
//   - Views must be made anew after a call that may have grown the memory.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dormouse/server.h"

#define DORMOUSE_EXPORT(name) \
  extern "C" __attribute__((export_name(#name), used, visibility("default")))

namespace {

using namespace dormouse;

constexpr std::uint32_t kAbiVersion = 1;
constexpr std::uint32_t kInitialInputSize = 1024;

/// Words of the result block.
enum ResultWord : std::uint8_t {
  kEffectWords = 0,
  kEffectWordCount = 1,
  kEffectBytes = 2,
  kValue0 = 3,
  kValue1 = 4,
  kValue2 = 5,
  kResultWords = 8,
};

std::uint32_t address_of(const void* pointer) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(pointer));
}

}  // namespace

/// A server with the memory that the boundary needs around it.
struct DormouseServer {
  explicit DormouseServer(const Config& config) : server(config), input(kInitialInputSize) {}

  std::uint32_t finish(Status status) {
    const Effects effects = server.poll_effects();
    results[kEffectWords] = address_of(effects.words.data());
    results[kEffectWordCount] = static_cast<std::uint32_t>(effects.words.size());
    results[kEffectBytes] = address_of(effects.bytes.data());
    return static_cast<std::uint32_t>(status);
  }

  void give(const void* pointer, std::size_t count) {
    results[kValue0] = address_of(pointer);
    results[kValue1] = static_cast<std::uint32_t>(count);
  }

  void give(const Recipients& recipients) {
    results[kValue0] = address_of(recipients.sessions.data());
    results[kValue1] = address_of(recipients.connections.data());
    results[kValue2] = static_cast<std::uint32_t>(recipients.sessions.size());
  }

  void give(std::span<const std::string_view> names) {
    lengths.clear();
    bytes.clear();
    for (const std::string_view name : names) {
      lengths.push_back(static_cast<std::uint32_t>(name.size()));
      bytes.append(name);
    }
    results[kValue0] = address_of(lengths.data());
    results[kValue1] = address_of(bytes.data());
    results[kValue2] = static_cast<std::uint32_t>(names.size());
  }

  /// Reads a list of strings out of the input area.
  std::span<const std::string_view> take(const char* list, std::uint32_t count) {
    strings.clear();
    const char* text = list + static_cast<std::size_t>(count) * sizeof(std::uint32_t);
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint32_t length = 0;
      std::memcpy(&length, list + static_cast<std::size_t>(i) * sizeof length, sizeof length);
      strings.emplace_back(text, length);
      text += length;
    }
    return strings;
  }

  Server server;
  std::vector<char> input;
  std::uint32_t results[kResultWords] = {};
  std::vector<std::uint32_t> lengths;
  std::string bytes;
  std::vector<std::string_view> strings;
};

DORMOUSE_EXPORT(dm_abi_version) std::uint32_t dm_abi_version() { return kAbiVersion; }

/// The arguments are the fields of `Config` in their order. Called once.
DORMOUSE_EXPORT(dm_server_new)
DormouseServer* dm_server_new(std::uint32_t ping_interval, std::uint32_t ping_timeout,
                              std::uint32_t connect_timeout, std::uint32_t max_payload,
                              std::uint32_t max_attachments, std::uint32_t max_namespace_length,
                              std::uint32_t max_sessions_per_connection,
                              std::uint32_t max_connections, std::uint32_t pong_source,
                              std::uint32_t packet_codec) {
  const Config config{
      .ping_interval = ping_interval,
      .ping_timeout = ping_timeout,
      .connect_timeout = connect_timeout,
      .max_payload = max_payload,
      .max_attachments = max_attachments,
      .max_namespace_length = max_namespace_length,
      .max_sessions_per_connection = max_sessions_per_connection,
      .max_connections = max_connections,
      .pong_source = pong_source == 0 ? PongSource::message : PongSource::auto_response,
      .packet_codec = packet_codec == 0 ? PacketCodec::text : PacketCodec::external,
  };
  return std::make_unique<DormouseServer>(config).release();
}

/// The input area, with room for at least `size` bytes. Moves when it grows.
DORMOUSE_EXPORT(dm_input) char* dm_input(DormouseServer* self, std::uint32_t size) {
  if (self->input.size() < size) self->input.resize(size);
  return self->input.data();
}

DORMOUSE_EXPORT(dm_input_size) std::uint32_t dm_input_size(DormouseServer* self) {
  return static_cast<std::uint32_t>(self->input.size());
}

/// Gives the memory of a large input area back.
DORMOUSE_EXPORT(dm_shrink_input) void dm_shrink_input(DormouseServer* self) {
  self->input = std::vector<char>(kInitialInputSize);
}

DORMOUSE_EXPORT(dm_results) std::uint32_t* dm_results(DormouseServer* self) {
  return self->results;
}

// --- inputs --------------------------------------------------------------------------------------

/// Value 0: the connection.
DORMOUSE_EXPORT(dm_handle_open)
std::uint32_t dm_handle_open(DormouseServer* self, double now, std::uint32_t protocol,
                             const char* id, std::uint32_t id_length) {
  const EngineProtocol revision = protocol == 3 ? EngineProtocol::v3 : EngineProtocol::v4;
  return self->finish(
      self->server.handle_open(now, revision, {id, id_length}, self->results[kValue0]));
}

DORMOUSE_EXPORT(dm_handle_text)
std::uint32_t dm_handle_text(DormouseServer* self, double now, std::uint32_t connection,
                             const char* head, std::uint32_t head_length, std::uint32_t head_units,
                             std::uint32_t total_units, std::uint32_t total_bytes) {
  const TextHead text{{head, head_length}, head_units, total_units, total_bytes};
  return self->finish(self->server.handle_text(now, connection, text));
}

DORMOUSE_EXPORT(dm_handle_binary)
std::uint32_t dm_handle_binary(DormouseServer* self, double now, std::uint32_t connection,
                               std::uint32_t size, std::uint32_t first_byte) {
  return self->finish(
      self->server.handle_binary(now, connection, size, static_cast<std::uint8_t>(first_byte)));
}

/// `ack_low` and `ack_high` all ones: no acknowledgement is asked for.
DORMOUSE_EXPORT(dm_handle_packet)
std::uint32_t dm_handle_packet(DormouseServer* self, std::uint32_t connection, std::uint32_t type,
                               const char* name, std::uint32_t length, std::uint32_t ack_low,
                               std::uint32_t ack_high) {
  const AckId ack_id = static_cast<AckId>(ack_high) << 32 | ack_low;
  return self->finish(self->server.handle_packet(connection, static_cast<PacketType>(type),
                                                 {name, length}, ack_id));
}

DORMOUSE_EXPORT(dm_handle_close)
std::uint32_t dm_handle_close(DormouseServer* self, std::uint32_t connection,
                              std::uint32_t reason) {
  return self->finish(self->server.handle_close(connection, static_cast<DisconnectReason>(reason)));
}

DORMOUSE_EXPORT(dm_handle_fault)
std::uint32_t dm_handle_fault(DormouseServer* self, std::uint32_t connection, std::uint32_t fault) {
  return self->finish(self->server.handle_fault(connection, static_cast<Fault>(fault)));
}

DORMOUSE_EXPORT(dm_note_heard)
std::uint32_t dm_note_heard(DormouseServer* self, std::uint32_t connection, double at) {
  return static_cast<std::uint32_t>(self->server.note_heard(connection, at));
}

DORMOUSE_EXPORT(dm_handle_timeout)
std::uint32_t dm_handle_timeout(DormouseServer* self, double now) {
  self->server.handle_timeout(now);
  return self->finish(Status::ok);
}

// --- commands ------------------------------------------------------------------------------------

DORMOUSE_EXPORT(dm_set_connect_timeout)
std::uint32_t dm_set_connect_timeout(DormouseServer* self, std::uint32_t milliseconds) {
  self->server.set_connect_timeout(milliseconds);
  return self->finish(Status::ok);
}

/// Returns the namespace's handle.
DORMOUSE_EXPORT(dm_add_namespace)
std::uint32_t dm_add_namespace(DormouseServer* self, const char* name, std::uint32_t length) {
  return self->server.add_namespace({name, length});
}

DORMOUSE_EXPORT(dm_remove_namespace)
std::uint32_t dm_remove_namespace(DormouseServer* self, std::uint32_t name_space) {
  return static_cast<std::uint32_t>(self->server.remove_namespace(name_space));
}

DORMOUSE_EXPORT(dm_assign)
std::uint32_t dm_assign(DormouseServer* self, std::uint32_t session, std::uint32_t name_space,
                        const char* id, std::uint32_t length) {
  return self->finish(self->server.assign(session, name_space, {id, length}));
}

DORMOUSE_EXPORT(dm_admit)
std::uint32_t dm_admit(DormouseServer* self, std::uint32_t session, const char* pid,
                       std::uint32_t length) {
  return self->finish(self->server.admit(session, {pid, length}));
}

DORMOUSE_EXPORT(dm_refuse)
std::uint32_t dm_refuse(DormouseServer* self, std::uint32_t session, const char* payload,
                        std::uint32_t length) {
  return self->finish(self->server.refuse(session, {payload, length}));
}

DORMOUSE_EXPORT(dm_reject)
std::uint32_t dm_reject(DormouseServer* self, std::uint32_t session) {
  return self->finish(self->server.reject(session));
}

DORMOUSE_EXPORT(dm_disconnect)
std::uint32_t dm_disconnect(DormouseServer* self, std::uint32_t session) {
  return self->finish(self->server.disconnect(session));
}

DORMOUSE_EXPORT(dm_close_session)
std::uint32_t dm_close_session(DormouseServer* self, std::uint32_t session, std::uint32_t reason) {
  return self->finish(self->server.close_session(session, static_cast<DisconnectReason>(reason)));
}

DORMOUSE_EXPORT(dm_close_connection)
std::uint32_t dm_close_connection(DormouseServer* self, std::uint32_t connection,
                                  std::uint32_t reason) {
  return self->finish(
      self->server.close_connection(connection, static_cast<DisconnectReason>(reason)));
}

DORMOUSE_EXPORT(dm_release)
std::uint32_t dm_release(DormouseServer* self, std::uint32_t session) {
  return self->finish(self->server.release(session));
}

/// Values 0 and 1: the id, low and high.
DORMOUSE_EXPORT(dm_allocate_ack)
std::uint32_t dm_allocate_ack(DormouseServer* self, std::uint32_t session) {
  AckId id = 0;
  const Status status = self->server.allocate_ack(session, id);
  self->results[kValue0] = static_cast<std::uint32_t>(id);
  self->results[kValue1] = static_cast<std::uint32_t>(id >> 32);
  return self->finish(status);
}

/// `sessions` is an array of handles in the input area. Values 0 and 1: the id, low and high.
DORMOUSE_EXPORT(dm_allocate_broadcast_ack)
std::uint32_t dm_allocate_broadcast_ack(DormouseServer* self, std::uint32_t name_space,
                                        const SessionHandle* sessions, std::uint32_t count) {
  AckId id = 0;
  const Status status = self->server.allocate_broadcast_ack(name_space, {sessions, count}, id);
  self->results[kValue0] = static_cast<std::uint32_t>(id);
  self->results[kValue1] = static_cast<std::uint32_t>(id >> 32);
  return self->finish(status);
}

/// Value 0: `RoomChange` flags.
DORMOUSE_EXPORT(dm_join)
std::uint32_t dm_join(DormouseServer* self, std::uint32_t session, const char* room,
                      std::uint32_t length) {
  return self->finish(self->server.join(session, {room, length}, self->results[kValue0]));
}

/// Value 0: `RoomChange` flags.
DORMOUSE_EXPORT(dm_leave)
std::uint32_t dm_leave(DormouseServer* self, std::uint32_t session, const char* room,
                       std::uint32_t length) {
  return self->finish(self->server.leave(session, {room, length}, self->results[kValue0]));
}

// --- rooms ---------------------------------------------------------------------------------------

/// Values 0-2: a list of strings (pointer to lengths, pointer to bytes, count).
DORMOUSE_EXPORT(dm_rooms_of) void dm_rooms_of(DormouseServer* self, std::uint32_t session) {
  self->give(self->server.rooms_of(session));
}

/// Values 0-2: a list of strings.
DORMOUSE_EXPORT(dm_rooms_in) void dm_rooms_in(DormouseServer* self, std::uint32_t name_space) {
  self->give(self->server.rooms_in(name_space));
}

/// `list` holds the rooms, then the excepted ones. Values 0-2: recipients (pointer to sessions,
/// pointer to connections, count).
DORMOUSE_EXPORT(dm_resolve)
void dm_resolve(DormouseServer* self, std::uint32_t name_space, const char* list,
                std::uint32_t room_count, std::uint32_t except_count) {
  const std::span<const std::string_view> all = self->take(list, room_count + except_count);
  self->give(self->server.resolve(name_space, all.first(room_count), all.subspan(room_count)));
}

/// Values 0-2: recipients.
DORMOUSE_EXPORT(dm_members_of)
void dm_members_of(DormouseServer* self, std::uint32_t name_space, const char* room,
                   std::uint32_t length) {
  self->give(self->server.members_of(name_space, {room, length}));
}

// --- snapshots and getters -----------------------------------------------------------------------

/// Values 0 and 1: bytes.
DORMOUSE_EXPORT(dm_snapshot) void dm_snapshot(DormouseServer* self, std::uint32_t connection) {
  const std::string_view bytes = self->server.snapshot(connection);
  self->give(bytes.data(), bytes.size());
}

/// Value 0: the connection.
DORMOUSE_EXPORT(dm_restore)
std::uint32_t dm_restore(DormouseServer* self, double now, const char* snapshot,
                         std::uint32_t length) {
  return self->finish(self->server.restore(now, {snapshot, length}, self->results[kValue0]));
}

/// Values 0 and 1: connection handles (pointer, count).
DORMOUSE_EXPORT(dm_poll_changed) std::uint32_t dm_poll_changed(DormouseServer* self) {
  const std::span<const ConnectionHandle> changed = self->server.poll_changed();
  self->give(changed.data(), changed.size());
  return static_cast<std::uint32_t>(changed.size());
}

/// Values 0 and 1: bytes.
DORMOUSE_EXPORT(dm_engine_id) void dm_engine_id(DormouseServer* self, std::uint32_t connection) {
  const std::string_view id = self->server.engine_id(connection);
  self->give(id.data(), id.size());
}

DORMOUSE_EXPORT(dm_protocol)
std::uint32_t dm_protocol(DormouseServer* self, std::uint32_t connection) {
  return static_cast<std::uint32_t>(self->server.protocol(connection));
}

/// Values 0 and 1: session handles (pointer, count).
DORMOUSE_EXPORT(dm_sessions_of)
void dm_sessions_of(DormouseServer* self, std::uint32_t connection) {
  const std::span<const SessionHandle> sessions = self->server.sessions_of(connection);
  self->give(sessions.data(), sessions.size());
}

/// Values 0 and 1: bytes.
DORMOUSE_EXPORT(dm_session_id) void dm_session_id(DormouseServer* self, std::uint32_t session) {
  const std::string_view id = self->server.session_id(session);
  self->give(id.data(), id.size());
}

/// Values 0 and 1: bytes.
DORMOUSE_EXPORT(dm_recovery_id) void dm_recovery_id(DormouseServer* self, std::uint32_t session) {
  const std::string_view id = self->server.recovery_id(session);
  self->give(id.data(), id.size());
}

DORMOUSE_EXPORT(dm_namespace_of)
std::uint32_t dm_namespace_of(DormouseServer* self, std::uint32_t session) {
  return self->server.namespace_of(session);
}

DORMOUSE_EXPORT(dm_connection_of)
std::uint32_t dm_connection_of(DormouseServer* self, std::uint32_t session) {
  return self->server.connection_of(session);
}

DORMOUSE_EXPORT(dm_is_connected)
std::uint32_t dm_is_connected(DormouseServer* self, std::uint32_t session) {
  return self->server.is_connected(session) ? 1 : 0;
}

/// Values 0 and 1: bytes.
DORMOUSE_EXPORT(dm_namespace_name)
void dm_namespace_name(DormouseServer* self, std::uint32_t name_space) {
  const std::string_view name = self->server.namespace_name(name_space);
  self->give(name.data(), name.size());
}

DORMOUSE_EXPORT(dm_find_namespace)
std::uint32_t dm_find_namespace(DormouseServer* self, const char* name, std::uint32_t length) {
  return self->server.find_namespace({name, length});
}

DORMOUSE_EXPORT(dm_namespace_limit)
std::uint32_t dm_namespace_limit(DormouseServer* self) { return self->server.namespace_limit(); }

DORMOUSE_EXPORT(dm_find_session)
std::uint32_t dm_find_session(DormouseServer* self, std::uint32_t name_space, const char* id,
                              std::uint32_t length) {
  return self->server.find_session(name_space, {id, length});
}

DORMOUSE_EXPORT(dm_connection_count)
std::uint32_t dm_connection_count(DormouseServer* self) { return self->server.connection_count(); }

/// `list` holds transport, protocol, sid and method; `flags`: 1 upgrade, 2 protocol 3 is allowed.
/// Returns a `HandshakeError`.
DORMOUSE_EXPORT(dm_check_handshake)
std::uint32_t dm_check_handshake(DormouseServer* self, const char* list, std::uint32_t flags) {
  const std::span<const std::string_view> fields = self->take(list, 4);
  const HandshakeRequest request{
      .transport = fields[0],
      .protocol = fields[1],
      .sid = fields[2],
      .method = fields[3],
      .is_upgrade = (flags & 1U) != 0,
      .allow_protocol_3 = (flags & 2U) != 0,
  };
  return static_cast<std::uint32_t>(check_handshake(request));
}
