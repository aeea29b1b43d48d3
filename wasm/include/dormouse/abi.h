// The boundary of core.wasm as tables: its calls, and the words of the block in which they leave
// their results. abi.cpp defines the calls; glue/core/abi.gen.ts is generated from these tables.
//
// Conventions
//   - The first argument is the server. An instance has one server and is dropped with it, because
//     Wasm memory never shrinks.
//   - Strings are passed as (pointer, length) of bytes in the input area (`dm_input`), which the
//     caller fills right before the call. Lists of strings: `count` 32-bit lengths, then all bytes.
//   - A call that returns an `Answer` has published its effects; the value is a `Status`. Other
//     calls are getters: they have no effects and keep those of the last call valid.
//   - Results beside the status are in the result block (`dm_results`), at a fixed address, until
//     the next call.
//   - A call may grow the memory, which detaches JavaScript's views of it: make them anew.
#pragma once

#include <cstdint>

/// Raised with every change that breaks an older glue.
inline constexpr std::uint32_t kAbiVersion = 7;

/// Words of the result block: name, place. `effect_*` are written by every call that answers with a
/// status, `value_*` by those that say so.
#define DORMOUSE_RESULT_WORDS(X) \
  X(effect_words, 0)             \
  X(effect_word_count, 1)        \
  X(effect_bytes, 2)             \
  X(value_0, 3)                  \
  X(value_1, 4)                  \
  X(value_2, 5)

/// How a delivery, which leaves no effects, crosses the boundary: name, value.
///
/// `dm_handle_delivery` takes an ASCII head that ends with the first unit of the payload. Its bytes
/// are packed into four words, the first byte lowest, so that nothing is written to memory.
/// `dm_handle_long_delivery` takes a longer head in the input area. Both return 0, or a `Delivery`
/// as a whole number that a double holds exactly, negative for an ACK. Its low 32 bits are the
/// session. Above them is `no_ack`, or `no_ack + 1 +` the ack id.
#define DORMOUSE_DELIVERY_LAYOUT(X) \
  X(head_units, 16)                 \
  X(no_ack, 1)                      \
  X(ack_id_bits, 21)

/// A word of the result block, which may be an address: 32 bits in Wasm.
using Word = std::uintptr_t;

/// Opaque to the caller.
struct DormouseServer;

/// A `Status`, given by a call that has published its effects.
enum class Answer : std::uint32_t {};

/// Columns: what the call gives, name, parameters. Results, in value words:
///
///   a handle            dm_handle_open, dm_restore, dm_add_namespace: value 0
///   an ack id           dm_allocate_*: values 0 and 1, low and high
///   `RoomChange` flags  dm_join, dm_leave: value 0
///   bytes               dm_snapshot, dm_*_id, dm_namespace_name: pointer, length
///   handles             dm_sessions_of, dm_poll_changed: pointer, count
///   strings             dm_rooms_*: pointer to lengths, pointer to bytes, count
///   recipients          dm_resolve, dm_members_of: pointers to sessions and connections, count
///
/// dm_configure         `words`: `kConfigVersion`, then the fields of `Config` in order; missing
///                      ones have their defaults. `ok` once; until then only the input area and
///                      the result block may be used.
/// dm_input             makes the input area, of `size` bytes, in place of the one before.
/// dm_handle_delivery   see `DORMOUSE_DELIVERY_LAYOUT`. After 0 the caller hands the message to
///                      `dm_handle_text`. Otherwise there are no effects.
/// dm_handle_packet     `ack_low`, `ack_high`: all ones for none.
/// dm_resolve           `list`: the rooms, then the excepted ones.
/// dm_poll_changed      returns the count, too.
/// dm_check_handshake   `list`: transport, protocol, sid and method. `flags`: 1 is an upgrade,
///                      2 protocol 3 is allowed. Returns a `HandshakeError`.
// clang-format off
/// Exports: the calls made for every message, and those that come before all others.
#define DORMOUSE_EXPORTS(X) \
  X(std::uint32_t, dm_abi_version, ()) \
  X(DormouseServer*, dm_server_new, ()) \
  X(Answer, dm_handle_text, (DormouseServer* self, double now, std::uint32_t connection, const char* head, std::uint32_t head_length, std::uint32_t total_units, std::uint32_t total_bytes)) \
  X(double, dm_handle_delivery, (DormouseServer* self, double now, std::uint32_t connection, std::uint32_t total_units, std::uint32_t units, std::uint32_t first, std::uint32_t second, std::uint32_t third, std::uint32_t fourth)) \
  X(double, dm_handle_long_delivery, (DormouseServer* self, double now, std::uint32_t connection, std::uint32_t total_units, std::uint32_t units, const char* head)) \
  X(Answer, dm_handle_binary, (DormouseServer* self, double now, std::uint32_t connection, std::uint32_t size, std::uint32_t first_byte)) \
  X(void, dm_resolve, (DormouseServer* self, std::uint32_t name_space, const char* list, std::uint32_t room_count, std::uint32_t except_count)) \
  X(std::uint32_t, dm_poll_changed, (DormouseServer* self))

/// The other calls are reached through the module's function table; `dm_late_calls` lists their places in this order.
/// They are no exports because the engine makes a JavaScript function for each export of each instance, used or not.
#define DORMOUSE_LATE_CALLS(X) \
  X(Word*, dm_results, (DormouseServer* self)) \
  X(char*, dm_input, (DormouseServer* self, std::uint32_t size)) \
  X(Answer, dm_configure, (DormouseServer* self, const std::uint32_t* words, std::uint32_t count)) \
  X(Answer, dm_handle_open, (DormouseServer* self, double now, std::uint32_t protocol, std::uint32_t transport, const char* id, std::uint32_t id_length)) \
  X(Answer, dm_handle_packet, (DormouseServer* self, std::uint32_t connection, std::uint32_t type, const char* name, std::uint32_t length, std::uint32_t ack_low, std::uint32_t ack_high)) \
  X(Answer, dm_handle_close, (DormouseServer* self, std::uint32_t connection, std::uint32_t reason)) \
  X(Answer, dm_handle_fault, (DormouseServer* self, std::uint32_t connection, std::uint32_t fault)) \
  X(Answer, dm_handle_pong, (DormouseServer* self, double now, std::uint32_t connection, double at)) \
  X(Answer, dm_begin_upgrade, (DormouseServer* self, std::uint32_t connection)) \
  X(Answer, dm_finish_upgrade, (DormouseServer* self, std::uint32_t connection)) \
  X(Answer, dm_abandon_upgrade, (DormouseServer* self, std::uint32_t connection)) \
  X(Answer, dm_handle_timeout, (DormouseServer* self, double now)) \
  X(Answer, dm_send_pings, (DormouseServer* self, double now)) \
  X(Answer, dm_set_connect_timeout, (DormouseServer* self, std::uint32_t milliseconds)) \
  X(Answer, dm_add_namespace, (DormouseServer* self, const char* name, std::uint32_t length)) \
  X(Answer, dm_remove_namespace, (DormouseServer* self, std::uint32_t name_space)) \
  X(Answer, dm_assign, (DormouseServer* self, std::uint32_t session, std::uint32_t name_space, const char* id, std::uint32_t length)) \
  X(Answer, dm_rename, (DormouseServer* self, std::uint32_t session, const char* id, std::uint32_t length)) \
  X(Answer, dm_admit, (DormouseServer* self, std::uint32_t session, const char* pid, std::uint32_t length)) \
  X(Answer, dm_refuse, (DormouseServer* self, std::uint32_t session, const char* payload, std::uint32_t length)) \
  X(Answer, dm_reject, (DormouseServer* self, std::uint32_t session)) \
  X(Answer, dm_disconnect, (DormouseServer* self, std::uint32_t session)) \
  X(Answer, dm_close_session, (DormouseServer* self, std::uint32_t session, std::uint32_t reason)) \
  X(Answer, dm_close_connection, (DormouseServer* self, std::uint32_t connection, std::uint32_t reason)) \
  X(Answer, dm_release, (DormouseServer* self, std::uint32_t session)) \
  X(Answer, dm_allocate_ack, (DormouseServer* self, std::uint32_t session)) \
  X(Answer, dm_allocate_broadcast_ack, (DormouseServer* self, std::uint32_t name_space, const std::uint32_t* sessions, std::uint32_t count)) \
  X(Answer, dm_join, (DormouseServer* self, std::uint32_t session, const char* room, std::uint32_t length)) \
  X(Answer, dm_leave, (DormouseServer* self, std::uint32_t session, const char* room, std::uint32_t length)) \
  X(Answer, dm_unlist, (DormouseServer* self, std::uint32_t session)) \
  X(Answer, dm_restore, (DormouseServer* self, double now, const char* snapshot, std::uint32_t length)) \
  X(void, dm_rooms_of, (DormouseServer* self, std::uint32_t session)) \
  X(void, dm_rooms_in, (DormouseServer* self, std::uint32_t name_space)) \
  X(void, dm_members_of, (DormouseServer* self, std::uint32_t name_space, const char* room, std::uint32_t length)) \
  X(std::uint32_t, dm_member_count, (DormouseServer* self, std::uint32_t name_space, const char* room, std::uint32_t length)) \
  X(void, dm_snapshot, (DormouseServer* self, std::uint32_t connection)) \
  X(void, dm_engine_id, (DormouseServer* self, std::uint32_t connection)) \
  X(std::uint32_t, dm_protocol, (DormouseServer* self, std::uint32_t connection)) \
  X(std::uint32_t, dm_transport, (DormouseServer* self, std::uint32_t connection)) \
  X(std::uint32_t, dm_find_connection, (DormouseServer* self, const char* id, std::uint32_t length)) \
  X(void, dm_sessions_of, (DormouseServer* self, std::uint32_t connection)) \
  X(void, dm_session_id, (DormouseServer* self, std::uint32_t session)) \
  X(void, dm_recovery_id, (DormouseServer* self, std::uint32_t session)) \
  X(std::uint32_t, dm_namespace_of, (DormouseServer* self, std::uint32_t session)) \
  X(std::uint32_t, dm_connection_of, (DormouseServer* self, std::uint32_t session)) \
  X(std::uint32_t, dm_is_connected, (DormouseServer* self, std::uint32_t session)) \
  X(std::uint32_t, dm_is_listed, (DormouseServer* self, std::uint32_t session)) \
  X(void, dm_namespace_name, (DormouseServer* self, std::uint32_t name_space)) \
  X(std::uint32_t, dm_find_namespace, (DormouseServer* self, const char* name, std::uint32_t length)) \
  X(std::uint32_t, dm_find_session, (DormouseServer* self, std::uint32_t name_space, const char* id, std::uint32_t length)) \
  X(std::uint32_t, dm_connection_count, (DormouseServer* self)) \
  X(std::uint32_t, dm_check_handshake, (DormouseServer* self, const char* list, std::uint32_t flags))
// clang-format on

#if !defined(__wasm__)
/// For tests, which do not throw the whole memory away.
extern "C" void dm_free(DormouseServer* self);
#endif
