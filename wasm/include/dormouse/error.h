// The two kinds of error, which never mix: a caller's mistake (`Status`) and a peer's fault
// (`Fault`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dormouse {

/// What a call answers. Anything but `ok` means that the *caller* erred and nothing changed.
#define DORMOUSE_STATUSES(X)                                                     \
  X(ok, "ok")                                                                    \
  X(more_head_needed, "the head ends before the packet's header does")           \
  X(unknown_connection, "no such connection")                                    \
  X(unknown_session, "no such session")                                          \
  X(unknown_namespace, "no such namespace")                                      \
  X(wrong_state, "the session is not in a state that allows this")               \
  X(too_many_connections, "the object holds as many connections as it may")      \
  X(corrupt_snapshot, "the snapshot is truncated, malformed or not one of ours") \
  X(unsupported_snapshot, "the snapshot was written by a newer version")         \
  X(unsupported_config, "the configuration is of another version")               \
  X(room_name_too_long, "the name of the room is too long")                      \
  X(too_many_rooms, "the session is in as many rooms as it may")                 \
  X(room_names_too_large, "the names of the session's rooms are too large together")

enum class [[nodiscard]] Status : std::uint32_t {
#define X(name, text) name,
  DORMOUSE_STATUSES(X)
#undef X
};

/// Why a session ended: the texts that `disconnecting` and `disconnect` listeners get, as upstream
/// words them.
#define DORMOUSE_DISCONNECT_REASONS(X)                          \
  X(client_namespace_disconnect, "client namespace disconnect") \
  X(server_namespace_disconnect, "server namespace disconnect") \
  X(transport_close, "transport close")                         \
  X(transport_error, "transport error")                         \
  X(ping_timeout, "ping timeout")                               \
  X(server_shutting_down, "server shutting down")               \
  X(forced_server_close, "forced server close")                 \
  X(forced_close, "forced close")                               \
  X(parse_error, "parse error")

enum class DisconnectReason : std::uint8_t {
#define X(name, text) name,
  DORMOUSE_DISCONNECT_REASONS(X)
#undef X
};

/// Whether the sessions get an `error` event before a fault closes them. Upstream emits one only
/// for what its Socket.IO decoder throws.
enum class ErrorEvent : std::uint8_t { none, emitted };

/// A peer's fault: it costs the peer its connection and nobody else anything.
///
/// Columns: name, message (that of the `error` event where there is one), reason that the sessions
/// get, whether they get an `error` event, WebSocket close code, WebSocket close reason (the
/// "clear error to the party at fault"; upstream sends none).
#define DORMOUSE_FAULTS(X)                                                                     \
  X(unknown_engine_packet, "unknown engine packet", parse_error, none, 1000, "parse error")    \
  X(heartbeat_direction, "invalid heartbeat direction", transport_error, none, 1000,           \
    "invalid heartbeat direction")                                                             \
  X(message_too_large, "Max payload size exceeded", transport_error, none, 1009,               \
    "Max payload size exceeded")                                                               \
  X(unknown_packet_type, "unknown packet type", forced_close, emitted, 1000, "parse error")    \
  X(illegal_attachments, "Illegal attachments", forced_close, emitted, 1000, "parse error")    \
  X(too_many_attachments, "too many attachments", forced_close, emitted, 1000, "parse error")  \
  X(illegal_ack_id, "illegal ack id", forced_close, emitted, 1000, "parse error")              \
  X(namespace_too_long, "namespace too long", forced_close, emitted, 1000, "parse error")      \
  X(invalid_payload, "invalid payload", forced_close, emitted, 1000, "parse error")            \
  X(illegal_placeholder, "illegal attachments", forced_close, emitted, 1000, "parse error")    \
  X(text_while_attachments_pending, "got plaintext data when reconstructing a packet",         \
    forced_close, emitted, 1000, "parse error")                                                \
  X(unexpected_attachment, "got binary data when not reconstructing a packet", forced_close,   \
    emitted, 1000, "parse error")                                                              \
  X(invalid_state, "invalid state", forced_close, none, 1000, "invalid state")                 \
  X(too_many_sessions, "too many namespaces", forced_close, none, 1000, "too many namespaces") \
  X(connect_timeout, "no namespace joined", forced_close, none, 1000, "connect timeout")       \
  X(ping_timeout, "ping timeout", ping_timeout, none, 1000, "ping timeout")

enum class Fault : std::uint8_t {
#define X(name, message, reason, event, code, wire) name,
  DORMOUSE_FAULTS(X)
#undef X
};

/// One row of the table above, without its texts, which only the caller has a use for.
struct FaultRow {
  DisconnectReason reason;
  ErrorEvent event;
  std::uint16_t close_code;
};

inline constexpr FaultRow kFaults[] = {
#define X(name, message, reason, event, code, wire) \
  {DisconnectReason::reason, ErrorEvent::event, code},
    DORMOUSE_FAULTS(X)
#undef X
};

/// The row of a fault.
[[nodiscard]] constexpr const FaultRow& describe(Fault fault) {
  return kFaults[static_cast<std::size_t>(fault)];
}

/// Why a handshake request is refused. Codes and texts are Engine.IO's own (`Server.errors`); the
/// answer is `{"code":…,"message":…}` with status 400 (403 for `forbidden`).
#define DORMOUSE_HANDSHAKE_ERRORS(X)                 \
  X(unknown_transport, 0, "Transport unknown")       \
  X(unknown_sid, 1, "Session ID unknown")            \
  X(bad_handshake_method, 2, "Bad handshake method") \
  X(bad_request, 3, "Bad request")                   \
  X(forbidden, 4, "Forbidden")                       \
  X(unsupported_protocol_version, 5, "Unsupported protocol version")

enum class HandshakeError : std::uint8_t {
#define X(name, code, text) name = (code),
  DORMOUSE_HANDSHAKE_ERRORS(X)
#undef X
      none = 255,
};

}  // namespace dormouse
