// Vocabulary shared by the codec, the sessions and the boundary: handles, packet types, limits.
#pragma once

#include <cstdint>
#include <string_view>

namespace dormouse {

/// An Engine.IO session, whatever transport it has at the moment.
using ConnectionHandle = std::uint32_t;
/// A Socket.IO session: one client in one namespace.
using SessionHandle = std::uint32_t;
using NamespaceHandle = std::uint32_t;

/// The low bits of a handle are a dense index, for the caller's tables; the high bits count how
/// often that index was given out before. So the handle of something that is gone stays invalid
/// until its index has been given out another 1,023 times.
inline constexpr std::uint32_t kHandleIndexBits = 22;
inline constexpr std::uint32_t kHandleIndexMask = (1U << kHandleIndexBits) - 1;
[[nodiscard]] constexpr std::uint32_t index_of(std::uint32_t handle) {
  return handle & kHandleIndexMask;
}

/// No handle, no offset, no value.
inline constexpr std::uint32_t kNone = 0xFFFF'FFFF;

/// Milliseconds since the Unix epoch, as the host's clock tells them. Always an argument.
using Milliseconds = double;

/// No deadline.
inline constexpr Milliseconds kNever = 9007199254740991.0;

/// Ack ids travel as JavaScript numbers, so they stop at 2^53 - 1.
using AckId = std::uint64_t;
inline constexpr AckId kMaxAckId = 9007199254740991;
/// "This packet asks for no acknowledgement."
inline constexpr AckId kNoAck = 0xFFFF'FFFF'FFFF'FFFF;
/// The largest that `Server::handle_delivery` takes: it fits into a number beside a session.
inline constexpr AckId kMaxDeliveredAck = (1U << 21U) - 3;

/// Engine.IO protocol revision, the `EIO` query parameter.
enum class EngineProtocol : std::uint8_t { v3 = 3, v4 = 4 };

/// Engine.IO protocol, "Packet types". The values are the digits on the wire.
#define DORMOUSE_ENGINE_PACKET_TYPES(X) \
  X(open, 0)                            \
  X(close, 1)                           \
  X(ping, 2)                            \
  X(pong, 3)                            \
  X(message, 4)                         \
  X(upgrade, 5)                         \
  X(noop, 6)

enum class EnginePacketType : std::uint8_t {
#define X(name, value) name = (value),
  DORMOUSE_ENGINE_PACKET_TYPES(X)
#undef X
};

/// Socket.IO protocol, "Packet types". The values are the digits on the wire.
#define DORMOUSE_PACKET_TYPES(X) \
  X(connect, 0)                  \
  X(disconnect, 1)               \
  X(event, 2)                    \
  X(ack, 3)                      \
  X(connect_error, 4)            \
  X(binary_event, 5)             \
  X(binary_ack, 6)

enum class PacketType : std::uint8_t {
#define X(name, value) name = (value),
  DORMOUSE_PACKET_TYPES(X)
#undef X
};

/// Who tells the core that a client is alive between two heartbeats.
enum class PongSource : std::uint8_t {
  /// Every pong reaches `handle_text`; a silent connection is found as soon as it is overdue.
  message = 0,
  /// The platform answers pongs while the object sleeps. Their time is handed in through
  /// `handle_pong` before `handle_timeout`, and only heartbeats look at it, so that N clients cost
  /// one wake an interval.
  auto_response = 1,
};

/// Who reads and writes Socket.IO packets.
enum class PacketCodec : std::uint8_t {
  /// The core: text heads and JSON payloads (`socket.io-parser`).
  text = 0,
  /// The caller (the `parser` option): messages come out as `message` effects, packets come back
  /// through `handle_packet`, and what the core itself has to say goes out as `packet` effects.
  external = 1,
};

/// What carries the packets of an Engine.IO session at the moment.
enum class Transport : std::uint8_t {
  websocket = 0,
  polling = 1,
  /// Polling, while a WebSocket is being probed.
  upgrading = 2,
};

/// Transports that clients may use: flags of `Config::transports`.
inline constexpr std::uint32_t kWebsocketTransport = 1;
inline constexpr std::uint32_t kPollingTransport = 2;

/// The configuration: field, default. Times in milliseconds, sizes in bytes. Defaults are those of
/// `socket.io` 4.8 where it has them. New fields are added at the end.
// clang-format off
#define DORMOUSE_CONFIG(X) \
  X(ping_interval, 25'000) \
  X(ping_timeout, 20'000) \
  /* A connection that has joined no namespace by then is closed. */ \
  X(connect_timeout, 45'000) \
  /* Upstream's `maxHttpBufferSize`: the largest message a client may send. */ \
  X(max_payload, 1'000'000) \
  /* Binary attachments of one packet (socket.io-parser >= 4.2.6 has the same bound). */ \
  X(max_attachments, 10) \
  /* Bytes of a namespace name in a packet. */ \
  X(max_namespace_length, 1'024) \
  /* Namespaces one connection may be in, or be asking for, at a time. */ \
  X(max_sessions_per_connection, 1'000) \
  /* Connections of one object (32,768 is the platform's own limit). */ \
  X(max_connections, 32'768) \
  /* A `PongSource`. */ \
  X(pong_source, 0) \
  /* A `PacketCodec`. */ \
  X(packet_codec, 0) \
  /* Flags: `kWebsocketTransport`, `kPollingTransport`. */ \
  X(transports, 1) \
  /* Sessions of a connection that were not admitted yet, and the bytes of their namespaces' names. */ \
  X(max_pending_sessions, 100) \
  X(max_pending_bytes, 16'384) \
  /* Rooms of a session, its own included, bytes of the name of one, and of those of them all. */ \
  X(max_rooms_per_session, 10'000) \
  X(max_room_length, 8'192) \
  X(max_room_bytes_per_session, 1'000'000)
// clang-format on

/// The first word of a configuration that crosses the boundary.
inline constexpr std::uint32_t kConfigVersion = 1;

struct Config {
#define X(name, value) std::uint32_t name = (value);
  DORMOUSE_CONFIG(X)
#undef X

  [[nodiscard]] bool has_automatic_pongs() const {
    return pong_source == static_cast<std::uint32_t>(PongSource::auto_response);
  }
  [[nodiscard]] bool has_external_codec() const {
    return packet_codec == static_cast<std::uint32_t>(PacketCodec::external);
  }
};

}  // namespace dormouse
