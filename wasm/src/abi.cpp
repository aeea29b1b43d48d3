// Definitions of the calls in dormouse/abi.h: a few lines each, which convert and pass on.
#include "dormouse/abi.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dormouse/server.h"

#if defined(__wasm__)
#define DORMOUSE_EXPORT(name) __attribute__((export_name(#name), used, visibility("default")))
#else
#define DORMOUSE_EXPORT(name)
#endif

#define X(type, name, parameters) extern "C" DORMOUSE_EXPORT(name) type name parameters;
DORMOUSE_EXPORTS(X)
#undef X
#define X(type, name, parameters) extern "C" type name parameters;
DORMOUSE_LATE_CALLS(X)
#undef X

namespace {

using namespace dormouse;

enum ResultWord : std::uint8_t {
#define X(name, place) name = (place),
  DORMOUSE_RESULT_WORDS(X)
#undef X
      kResultWords
};

enum DeliveryLayout : std::uint8_t {
#define X(name, value) name = (value),
  DORMOUSE_DELIVERY_LAYOUT(X)
#undef X
};
static_assert(32 + ack_id_bits <= 53 && kNoAck + no_ack + 1 == no_ack);
static_assert((kMaxDeliveredAck + no_ack + 1) >> ack_id_bits == 0);

/// A delivery as one number.
double pack(const Delivery& delivery) {
  const std::uint64_t ack_id = delivery.ack_id + no_ack + 1;
  const auto number =
      static_cast<double>(static_cast<std::int64_t>(ack_id << 32U | delivery.session));
  return delivery.type == PacketType::ack ? -number : number;
}

}  // namespace

/// A server with the memory that the boundary needs around it.
struct DormouseServer {
  /// Publishes the effects of the call that gave this status.
  Answer answer(Status status) {
    const Effects effects = server->poll_effects();
    results[effect_words] = address_of(effects.words.data());
    results[effect_word_count] = static_cast<Word>(effects.words.size());
    results[effect_bytes] = address_of(effects.bytes.data());
    return static_cast<Answer>(status);
  }

  /// Tries a message with this head as a delivery; see `DORMOUSE_DELIVERY_LAYOUT`.
  double handle_delivery(Milliseconds now, ConnectionHandle connection, const TextHead& head) {
    const std::optional<Delivery> delivery = server->handle_delivery(now, connection, head);
    if (!delivery) return 0;
    results[effect_word_count] = 0;
    return pack(*delivery);
  }

  void give(std::string_view text) { give(text.data(), text.size()); }

  void give(std::span<const std::uint32_t> handles) { give(handles.data(), handles.size()); }

  void give(const Recipients& recipients) {
    results[value_0] = address_of(recipients.sessions.data());
    results[value_1] = address_of(recipients.connections.data());
    results[value_2] = static_cast<Word>(recipients.sessions.size());
  }

  void give(std::span<const std::string_view> names) {
    lengths.clear();
    bytes.clear();
    for (const std::string_view name : names) {
      const auto length = static_cast<std::uint32_t>(name.size());
      lengths.push_back(length);
      bytes.append(name);
    }
    results[value_0] = address_of(lengths.data());
    results[value_1] = address_of(bytes.data());
    results[value_2] = static_cast<Word>(names.size());
  }

  /// A handle, or flags.
  Answer give(Status status, std::uint32_t value) {
    results[value_0] = value;
    return answer(status);
  }

  Answer give_ack(Status status, AckId id) {
    results[value_0] = static_cast<std::uint32_t>(id);
    results[value_1] = static_cast<std::uint32_t>(id >> 32U);
    return answer(status);
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

  /// Lives as long as the memory that it is in.
  Server* server = nullptr;
  std::unique_ptr<char[]> input;
  Word results[kResultWords] = {};

 private:
  static Word address_of(const void* pointer) { return reinterpret_cast<Word>(pointer); }

  void give(const void* pointer, std::size_t count) {
    results[value_0] = address_of(pointer);
    results[value_1] = static_cast<Word>(count);
  }

  std::vector<std::uint32_t> lengths;
  std::string bytes;
  std::vector<std::string_view> strings;
};

std::uint32_t dm_abi_version() { return kAbiVersion; }

DormouseServer* dm_server_new() { return std::make_unique<DormouseServer>().release(); }

Word* dm_results(DormouseServer* self) { return self->results; }

char* dm_input(DormouseServer* self, std::uint32_t size) {
  // Emscripten's library has no std::make_unique_for_overwrite. It is filled before it is read.
  self->input.reset(new char[size]);
  return self->input.get();
}

Answer dm_configure(DormouseServer* self, const std::uint32_t* words, std::uint32_t count) {
  Config config;
  const Status status = read_config({words, count}, config);
  if (status != Status::ok) return static_cast<Answer>(status);
  self->server = std::make_unique<Server>(config).release();
  return self->answer(status);
}

#if !defined(__wasm__)
void dm_free(DormouseServer* self) {
  delete self->server;
  delete self;
}
#endif

// --- inputs --------------------------------------------------------------------------------------

Answer dm_handle_open(DormouseServer* self, double now, std::uint32_t protocol,
                      std::uint32_t transport, const char* id, std::uint32_t id_length) {
  std::uint32_t connection = kNone;
  const Status status = self->server->handle_open(
      now, protocol == 3 ? EngineProtocol::v3 : EngineProtocol::v4,
      transport == 0 ? Transport::websocket : Transport::polling, {id, id_length}, connection);
  return self->give(status, connection);
}

Answer dm_handle_text(DormouseServer* self, double now, std::uint32_t connection, const char* head,
                      std::uint32_t head_length, std::uint32_t total_units,
                      std::uint32_t total_bytes) {
  const TextHead text{{head, head_length}, total_units, total_bytes};
  return self->answer(self->server->handle_text(now, connection, text));
}

double dm_handle_delivery(DormouseServer* self, double now, std::uint32_t connection,
                          std::uint32_t total_units, std::uint32_t units, std::uint32_t first,
                          std::uint32_t second, std::uint32_t third, std::uint32_t fourth) {
  const std::uint32_t words[] = {first, second, third, fourth};
  const char* const head = reinterpret_cast<const char*>(words);
  return self->handle_delivery(now, connection, {{head, units}, total_units, 0});
}

double dm_handle_long_delivery(DormouseServer* self, double now, std::uint32_t connection,
                               std::uint32_t total_units, std::uint32_t units, const char* head) {
  return self->handle_delivery(now, connection, {{head, units}, total_units, 0});
}

Answer dm_handle_binary(DormouseServer* self, double now, std::uint32_t connection,
                        std::uint32_t size, std::uint32_t first_byte) {
  const auto byte = static_cast<std::uint8_t>(first_byte);
  return self->answer(self->server->handle_binary(now, connection, size, byte));
}

Answer dm_handle_packet(DormouseServer* self, std::uint32_t connection, std::uint32_t type,
                        const char* name, std::uint32_t length, std::uint32_t ack_low,
                        std::uint32_t ack_high) {
  const AckId ack_id = static_cast<AckId>(ack_high) << 32U | ack_low;
  const auto packet_type = static_cast<PacketType>(type);
  return self->answer(self->server->handle_packet(connection, packet_type, {name, length}, ack_id));
}

Answer dm_handle_close(DormouseServer* self, std::uint32_t connection, std::uint32_t reason) {
  return self->answer(
      self->server->handle_close(connection, static_cast<DisconnectReason>(reason)));
}

Answer dm_handle_fault(DormouseServer* self, std::uint32_t connection, std::uint32_t fault) {
  return self->answer(self->server->handle_fault(connection, static_cast<Fault>(fault)));
}

Answer dm_handle_pong(DormouseServer* self, double now, std::uint32_t connection, double at) {
  return self->answer(self->server->handle_pong(now, connection, at));
}

Answer dm_begin_upgrade(DormouseServer* self, std::uint32_t connection) {
  return self->answer(self->server->begin_upgrade(connection));
}

Answer dm_finish_upgrade(DormouseServer* self, std::uint32_t connection) {
  return self->answer(self->server->finish_upgrade(connection));
}

Answer dm_abandon_upgrade(DormouseServer* self, std::uint32_t connection) {
  return self->answer(self->server->abandon_upgrade(connection));
}

Answer dm_handle_timeout(DormouseServer* self, double now) {
  self->server->handle_timeout(now);
  return self->answer(Status::ok);
}

// --- commands ------------------------------------------------------------------------------------

Answer dm_send_pings(DormouseServer* self, double now) {
  self->server->send_pings(now);
  return self->answer(Status::ok);
}

Answer dm_set_connect_timeout(DormouseServer* self, std::uint32_t milliseconds) {
  self->server->set_connect_timeout(milliseconds);
  return self->answer(Status::ok);
}

Answer dm_add_namespace(DormouseServer* self, const char* name, std::uint32_t length) {
  return self->give(Status::ok, self->server->add_namespace({name, length}));
}

Answer dm_remove_namespace(DormouseServer* self, std::uint32_t name_space) {
  return self->answer(self->server->remove_namespace(name_space));
}

Answer dm_assign(DormouseServer* self, std::uint32_t session, std::uint32_t name_space,
                 const char* id, std::uint32_t length) {
  return self->answer(self->server->assign(session, name_space, {id, length}));
}

Answer dm_rename(DormouseServer* self, std::uint32_t session, const char* id,
                 std::uint32_t length) {
  return self->answer(self->server->rename(session, {id, length}));
}

Answer dm_admit(DormouseServer* self, std::uint32_t session, const char* pid,
                std::uint32_t length) {
  return self->answer(self->server->admit(session, {pid, length}));
}

Answer dm_refuse(DormouseServer* self, std::uint32_t session, const char* payload,
                 std::uint32_t length) {
  return self->answer(self->server->refuse(session, {payload, length}));
}

Answer dm_reject(DormouseServer* self, std::uint32_t session) {
  return self->answer(self->server->reject(session));
}

Answer dm_disconnect(DormouseServer* self, std::uint32_t session) {
  return self->answer(self->server->disconnect(session));
}

Answer dm_close_session(DormouseServer* self, std::uint32_t session, std::uint32_t reason) {
  return self->answer(self->server->close_session(session, static_cast<DisconnectReason>(reason)));
}

Answer dm_close_connection(DormouseServer* self, std::uint32_t connection, std::uint32_t reason) {
  return self->answer(
      self->server->close_connection(connection, static_cast<DisconnectReason>(reason)));
}

Answer dm_release(DormouseServer* self, std::uint32_t session) {
  return self->answer(self->server->release(session));
}

Answer dm_allocate_ack(DormouseServer* self, std::uint32_t session) {
  AckId id = 0;
  const Status status = self->server->allocate_ack(session, id);
  return self->give_ack(status, id);
}

Answer dm_allocate_broadcast_ack(DormouseServer* self, std::uint32_t name_space,
                                 const std::uint32_t* sessions, std::uint32_t count) {
  AckId id = 0;
  const Status status = self->server->allocate_broadcast_ack(name_space, {sessions, count}, id);
  return self->give_ack(status, id);
}

Answer dm_join(DormouseServer* self, std::uint32_t session, const char* room,
               std::uint32_t length) {
  std::uint32_t change = kNothingChanged;
  const Status status = self->server->join(session, {room, length}, change);
  return self->give(status, change);
}

Answer dm_leave(DormouseServer* self, std::uint32_t session, const char* room,
                std::uint32_t length) {
  std::uint32_t change = kNothingChanged;
  const Status status = self->server->leave(session, {room, length}, change);
  return self->give(status, change);
}

Answer dm_unlist(DormouseServer* self, std::uint32_t session) {
  return self->answer(self->server->unlist(session));
}

Answer dm_restore(DormouseServer* self, double now, const char* snapshot, std::uint32_t length) {
  std::uint32_t connection = kNone;
  const Status status = self->server->restore(now, {snapshot, length}, connection);
  return self->give(status, connection);
}

// --- getters -------------------------------------------------------------------------------------

void dm_rooms_of(DormouseServer* self, std::uint32_t session) {
  self->give(self->server->rooms_of(session));
}

void dm_rooms_in(DormouseServer* self, std::uint32_t name_space) {
  self->give(self->server->rooms_in(name_space));
}

void dm_resolve(DormouseServer* self, std::uint32_t name_space, const char* list,
                std::uint32_t room_count, std::uint32_t except_count) {
  const std::span<const std::string_view> all = self->take(list, room_count + except_count);
  self->give(self->server->resolve(name_space, all.first(room_count), all.subspan(room_count)));
}

void dm_members_of(DormouseServer* self, std::uint32_t name_space, const char* room,
                   std::uint32_t length) {
  self->give(self->server->members_of(name_space, {room, length}));
}

std::uint32_t dm_member_count(DormouseServer* self, std::uint32_t name_space, const char* room,
                              std::uint32_t length) {
  return self->server->member_count(name_space, {room, length});
}

void dm_snapshot(DormouseServer* self, std::uint32_t connection) {
  self->give(self->server->snapshot(connection));
}

std::uint32_t dm_poll_changed(DormouseServer* self) {
  const std::span<const ConnectionHandle> changed = self->server->poll_changed();
  self->give(changed);
  return static_cast<std::uint32_t>(changed.size());
}

void dm_engine_id(DormouseServer* self, std::uint32_t connection) {
  self->give(self->server->engine_id(connection));
}

std::uint32_t dm_protocol(DormouseServer* self, std::uint32_t connection) {
  return static_cast<std::uint32_t>(self->server->protocol(connection));
}

std::uint32_t dm_transport(DormouseServer* self, std::uint32_t connection) {
  return static_cast<std::uint32_t>(self->server->transport(connection));
}

std::uint32_t dm_find_connection(DormouseServer* self, const char* id, std::uint32_t length) {
  return self->server->find_connection({id, length});
}

void dm_sessions_of(DormouseServer* self, std::uint32_t connection) {
  self->give(self->server->sessions_of(connection));
}

void dm_session_id(DormouseServer* self, std::uint32_t session) {
  self->give(self->server->session_id(session));
}

void dm_recovery_id(DormouseServer* self, std::uint32_t session) {
  self->give(self->server->recovery_id(session));
}

std::uint32_t dm_namespace_of(DormouseServer* self, std::uint32_t session) {
  return self->server->namespace_of(session);
}

std::uint32_t dm_connection_of(DormouseServer* self, std::uint32_t session) {
  return self->server->connection_of(session);
}

std::uint32_t dm_is_connected(DormouseServer* self, std::uint32_t session) {
  return self->server->is_connected(session) ? 1 : 0;
}

std::uint32_t dm_is_listed(DormouseServer* self, std::uint32_t session) {
  return self->server->is_listed(session) ? 1 : 0;
}

void dm_namespace_name(DormouseServer* self, std::uint32_t name_space) {
  self->give(self->server->namespace_name(name_space));
}

std::uint32_t dm_find_namespace(DormouseServer* self, const char* name, std::uint32_t length) {
  return self->server->find_namespace({name, length});
}

std::uint32_t dm_find_session(DormouseServer* self, std::uint32_t name_space, const char* id,
                              std::uint32_t length) {
  return self->server->find_session(name_space, {id, length});
}

std::uint32_t dm_connection_count(DormouseServer* self) { return self->server->connection_count(); }

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
  return static_cast<std::uint32_t>(self->server->check_handshake(request));
}

#if defined(__wasm__)
namespace {

/// A place in the table of the module.
using Function = void (*)();

const Function late_calls[] = {
#define X(type, name, parameters) reinterpret_cast<Function>(&(name)),
    DORMOUSE_LATE_CALLS(X)
#undef X
};

}  // namespace

extern "C" DORMOUSE_EXPORT(dm_late_calls) const Function* dm_late_calls() { return late_calls; }
#endif
